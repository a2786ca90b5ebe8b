import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { openDeviceAuthority, type DeviceAuthority } from '../../scripts/devices/device-authority.ts'
import { writePassword } from '../../services/runtime/device-passwords.ts'
import { projectFolder } from '../../scripts/project-folder.ts'
import { freePort } from '../../scripts/settings.ts'
import { DomainError } from '../../services/domain/errors.ts'

const SERVICE_PASSWORD = 'password-of-the-services'
const PLACES = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** A mosquitto with the configuration that the project ships, on ports and files of its own. */
export type RunningMosquitto = {
  readonly caFile: string
  /** For devices with certificates, for those with passwords, and for services. */
  readonly ports: { readonly certificates: number; readonly passwords: number; readonly services: number }
  readonly serviceUrl: string
  /** What services are told so that they connect. */
  readonly environment: Readonly<Record<string, string>>
  readonly connectService: (options?: IClientOptions) => Promise<MqttClient>
  /** Connects a device by a certificate of its own, by MQTT 5. */
  readonly connectDevice: (meter: string, options?: IClientOptions) => Promise<MqttClient>
  readonly connectByPassword: (meter: string, password: string, options?: IClientOptions) => Promise<MqttClient>
  readonly setPassword: (meter: string, password: string) => Promise<void>
  readonly authority: DeviceAuthority
  readonly start: () => Promise<void>
  /** Has it read its passwords again. */
  readonly reload: () => void
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>
}

/** Prepares a mosquitto in the folder; it runs once it is started. */
export async function prepareMosquitto(folder: string): Promise<RunningMosquitto> {
  const program = findOrInstallMosquitto()
  const authority = await openDeviceAuthority(folder, Date.now())
  const broker = await authority.prepareBroker('broker', ['localhost', '127.0.0.1'])
  const files = path.join(folder, 'mosquitto')
  await mkdir(files, { recursive: true })
  await copyFile(authority.caFile, path.join(files, 'device-ca.crt'))
  await copyFile(broker.certificate, path.join(files, 'broker.crt'))
  await copyFile(broker.key, path.join(files, 'broker.key'))
  await copyFile(path.join(projectFolder, 'deploy', 'mosquitto', 'acl'), path.join(files, 'acl'))
  const passwords = path.join(files, 'passwords')
  const setPassword = (user: string, password: string) => writePassword(passwords, user, password, randomBytes(12))
  await setPassword('service', SERVICE_PASSWORD)

  const ports = { certificates: await freePort(), passwords: await freePort(), services: await freePort() }
  const shipped = await readFile(path.join(projectFolder, 'deploy', 'mosquitto', 'mosquitto.conf'), 'utf8')
  const configuration = shipped
    .replaceAll('/etc/mosquitto/commonwatt', files)
    .replace('listener 8883', `listener ${ports.certificates} 127.0.0.1`)
    .replace('listener 8884', `listener ${ports.passwords} 127.0.0.1`)
    .replace('listener 8885', `listener ${ports.services}`)
  const user = process.getuid?.() === 0 ? 'user root\n' : ''
  const file = path.join(files, 'mosquitto.conf')
  await writeFile(file, `${user}${configuration}`)
  await chmod(file, 0o600)

  const ca = await readFile(authority.caFile)
  const serviceUrl = `mqtts://service:${SERVICE_PASSWORD}@localhost:${ports.services}`
  const issued = new Map<string, { key: Buffer; cert: Buffer }>()
  let child: ChildProcess | undefined
  return {
    caFile: authority.caFile,
    ports,
    serviceUrl,
    environment: { COMMONWATT_BROKER_URL: serviceUrl, COMMONWATT_BROKER_CA: authority.caFile },
    connectService: (options) => connectAsync(serviceUrl, { protocolVersion: 5, ca, ...options }),
    async connectDevice(meter, options) {
      const known = issued.get(meter)
      const pair = known ?? (await readPair(await authority.issueDevice(meter)))
      issued.set(meter, pair)
      return connectAsync(
        `mqtts://localhost:${ports.certificates}`,
        { protocolVersion: 5, ca, ...pair, reconnectPeriod: 0, ...options },
        options?.reconnectPeriod !== undefined,
      )
    },
    connectByPassword: (username, password, options) =>
      connectAsync(
        `mqtts://localhost:${ports.passwords}`,
        { protocolVersion: 5, ca, username, password, reconnectPeriod: 0, ...options },
        false,
      ),
    setPassword,
    authority,
    async start() {
      child = spawn(program, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
      const lines: string[] = []
      child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
      const ended = once(child, 'exit').then(() => {
        throw new Error(`mosquitto ended: ${lines.join('')}`)
      })
      await Promise.race([ended, untilConnected(serviceUrl, ca)])
      ended.catch(() => undefined)
    },
    reload: () => void child?.kill('SIGHUP'),
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function untilConnected(url: string, ca: Buffer): Promise<void> {
  for (;;) {
    try {
      const client = await connectAsync(url, { ca, reconnectPeriod: 0 }, false)
      return await client.endAsync()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

async function readPair({ certificate, key }: { certificate: string; key: string }) {
  return { cert: await readFile(certificate), key: await readFile(key) }
}

/** The path of a program of mosquitto 2 that is installed, or that is installed now as a Debian package. Throws `mosquitto-missing`. */
export function findOrInstallMosquitto(name: 'mosquitto' | 'mosquitto_rr' = 'mosquitto'): string {
  const found = findProgram(name)
  if (found !== undefined) return found
  if (process.getuid?.() === 0) {
    spawnSync('apt-get', ['update'], { stdio: 'ignore' })
    const packages = ['install', '--yes', '--no-install-recommends', 'mosquitto', 'mosquitto-clients']
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', packages, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
  }
  const installed = findProgram(name)
  if (installed === undefined) {
    throw new DomainError(
      'mosquitto-missing',
      'the tests need mosquitto 2.0 or newer and its clients: install them, or name their folder in COMMONWATT_MOSQUITTO',
    )
  }
  return installed
}

function findProgram(name: string): string | undefined {
  const named = process.env.COMMONWATT_MOSQUITTO
  const folders = [
    ...(named === undefined ? [] : [named]),
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...PLACES,
  ]
  const candidates = folders.map((folder) => path.join(folder, name))
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
