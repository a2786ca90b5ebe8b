import { z } from 'zod'
import { askForFile, openOperatorFile } from './operator-file.ts'

const HELP = `usage: commonwatt register-devices <file.json> [--data <folder>] [--api-port <port>]

Registers a list of devices as the metering operator, with its key of the data folder. docs/devices.md shows such a file. Where
a row has a fault nothing is taken, and every fault is printed. The same file again is without effect.`

const registered = z.object({ registered: z.number(), known: z.number() })

/** `commonwatt register-devices`: hands in a list of devices. */
export async function registerDevices(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(HELP)
    return 0
  }
  const { bytes, headers, urlOf } = await openOperatorFile(commandArguments)
  const sent = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: bytes }
  const made = await askForFile(urlOf('/api/devices'), sent, registered)
  console.log(`${made.registered} registered, ${made.known} known already`)
  return 0
}
