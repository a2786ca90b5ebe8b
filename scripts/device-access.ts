import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { DomainError } from '../services/domain/errors.ts'
import { readCommandArguments } from './command-arguments.ts'
import { openDeviceAuthority, requireMeterAddress } from './devices/device-authority.ts'
import { deviceKeyFileOf, writeDeviceKey } from '../services/runtime/device-keys.ts'
import { passwordFileOf, writePassword } from '../services/runtime/device-passwords.ts'
import { readSettings } from './settings.ts'

const CERTIFICATE_HELP = `usage: commonwatt device-certificate <meter address> [--data <folder>]
       commonwatt device-certificate broker <name or IP address> [<another> …] [--data <folder>]

Makes key and certificate by which a device shows an MQTT broker which meter it is, or by which a broker shows devices that it
is the right one: in <data folder>/keys/devices, vouched for by a certificate authority of your own there (device-ca.crt). The
private keys are readable by their owner alone; bring a device's to the device, and keep no copy.

  --data <folder>  folder for keys, database and logs [.commonwatt] (COMMONWATT_DATA)
`

const PASSWORD_HELP = `usage: commonwatt device-password <meter address> [--data <folder>]

Draws a new password for a device, prints it once, and keeps what checks it in <data folder>/keys/devices/passwords, which
the embedded broker and mosquitto read. The one before it is no longer valid.

  --data <folder>  folder for keys, database and logs [.commonwatt] (COMMONWATT_DATA)
`

const KEY_HELP = `usage: commonwatt device-key <address> [--data <folder>]

Draws a new pre-shared key for a device that speaks LwM2M, prints it once, as text and as the hexadecimal of that text, and
keeps it in <data folder>/keys/devices/pre-shared-keys. The identity that goes with it is the address. From then on the device is let in
with its key alone; the one before it is no longer valid.

  --data <folder>  folder for keys, database and logs [.commonwatt] (COMMONWATT_DATA)
`

const PASSWORD_BYTES = 32
/** As text 32 characters, whose bytes are the key: some programs ask for text, and others for hexadecimal. */
const KEY_BYTES = 24
const SALT_BYTES = 12
const HOST = /^[0-9A-Za-z][0-9A-Za-z.:-]{0,252}$/

/** `commonwatt device-certificate`: key and certificate of a device, or of the broker that devices talk to. */
export async function deviceCertificate(commandArguments: readonly string[]): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(CERTIFICATE_HELP)
    return 0
  }
  const { words, dataFolder } = readAccessArguments(commandArguments)
  const [first, ...rest] = words
  const isBroker = first === 'broker'
  if (
    first === undefined ||
    (isBroker ? rest.length === 0 || !rest.every((host) => HOST.test(host)) : rest.length > 0)
  ) {
    throw new DomainError('settings-invalid', 'name a meter address, or broker and its host names. --help shows how.')
  }
  if (!isBroker) requireMeterAddress(first)
  const authority = await openDeviceAuthority(dataFolder, Date.now())
  const files = isBroker ? await authority.prepareBroker('broker', rest) : await authority.issueDevice(first)
  console.log(`certificate  ${files.certificate}\nkey          ${files.key}\nauthority    ${authority.caFile}`)
  return 0
}

/** `commonwatt device-password`: a new password of a device. */
export function devicePassword(commandArguments: readonly string[]): Promise<number> {
  return draw(commandArguments, PASSWORD_HELP, passwordFileOf, async (file, device) => {
    const password = randomBytes(PASSWORD_BYTES).toString('base64url')
    await writePassword(file, device, password, randomBytes(SALT_BYTES))
    return password
  })
}

/** `commonwatt device-key`: a new pre-shared key of a device. */
export function deviceKey(commandArguments: readonly string[]): Promise<number> {
  return draw(commandArguments, KEY_HELP, deviceKeyFileOf, async (file, device) => {
    const key = randomBytes(KEY_BYTES).toString('base64url')
    await writeDeviceKey(file, device, Buffer.from(key))
    return `text  ${key}\nhex   ${Buffer.from(key).toString('hex')}`
  })
}

/** Draws a secret for the device that is named, and prints it. */
async function draw(
  commandArguments: readonly string[],
  help: string,
  fileOf: (dataFolder: string) => string,
  write: (file: string, device: string) => Promise<string>,
): Promise<number> {
  if (commandArguments.includes('--help')) {
    console.log(help)
    return 0
  }
  const { words, dataFolder } = readAccessArguments(commandArguments)
  const [device, ...more] = words
  if (device === undefined || more.length > 0) {
    throw new DomainError('settings-invalid', 'name one address of a device. --help shows how.')
  }
  requireMeterAddress(device)
  const file = fileOf(dataFolder)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  console.log(await write(file, device))
  return 0
}

function readAccessArguments(commandArguments: readonly string[]) {
  const { words, flags } = readCommandArguments(commandArguments, ['data'])
  const { dataFolder } = readSettings(flags.data === undefined ? [] : ['--data', flags.data])
  return { words, dataFolder }
}
