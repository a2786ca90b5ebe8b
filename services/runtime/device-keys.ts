import path from 'node:path'
import { openEntries, writeEntry } from './entry-file.ts'

/** Pre-shared keys of devices, `<address>:<hex>` a line: by these a device and the gateway know one another over CoAP. */

const LINE = /^(0x[0-9a-f]{40}):((?:[0-9a-f]{2}){16,64})$/

export function deviceKeyFileOf(dataFolder: string): string {
  return path.join(dataFolder, 'keys', 'devices', 'pre-shared-keys')
}

/** Sets the device's key, of 16 to 64 bytes, in the file, which is made where there is none. Throws `entry-file-busy`. */
export async function writeDeviceKey(file: string, device: string, key: Buffer): Promise<void> {
  await writeEntry(file, device, `${device}:${key.toString('hex')}`)
}

/** Tells the key of a device; reads the file anew when it was changed, and knows none without one. */
export function openDeviceKeys(file: string): (device: string) => Buffer | null {
  const keys = openEntries(file, parseDeviceKeys)
  return (device) => keys().get(device) ?? null
}

/** Lines that are none let nobody in. */
export function parseDeviceKeys(text: string): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>()
  for (const line of text.split(/\r?\n/)) {
    const [, device, hex] = LINE.exec(line) ?? []
    if (device !== undefined && hex !== undefined) keys.set(device, Buffer.from(hex, 'hex'))
  }
  return keys
}
