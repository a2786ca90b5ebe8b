import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { DomainError } from '../domain/errors.ts'

export type BrokerTarget = {
  /** mqtt:// or mqtts://, with user and password where the broker asks for them. */
  readonly url: string
  /** Files in PEM: who vouches for the broker, and by what this client shows who it is. */
  readonly caFile?: string | undefined
  readonly certificateFile?: string | undefined
  readonly keyFile?: string | undefined
}

type Tls = { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer }
type Version = 4 | 5

const RETRY_MS = 500
const CONNECT_MS = 10_000
/** Of MQTT 3.1.1 and 5: the broker speaks another version. */
const VERSION_REFUSALS = new Set<unknown>([1, 132])
/** Bad user name or password, not authorised, banned, bad authentication method. */
const IDENTITY_REFUSALS = new Set<unknown>([4, 5, 134, 135, 138, 140])
/** Whatever node and OpenSSL name so is about certificates; the rest is about the network, which may come back. */
const TLS_CODE = /^(?:ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/

/**
 * Connects by MQTT 5, or by 3.1.1 where the broker refuses 5; waits for a broker that cannot be reached, and tells of it.
 * Throws `broker-tls-invalid`, `broker-certificate-refused` and `broker-identity-refused`.
 */
export async function connectBroker(
  target: BrokerTarget,
  options: IClientOptions,
  onTrouble: (reason: string) => void,
): Promise<MqttClient> {
  const tls = readTls(target)
  let version: Version = 5
  let told: string | null = null
  for (;;) {
    const attempt = {
      reconnectPeriod: RETRY_MS,
      ...options,
      ...tls,
      connectTimeout: CONNECT_MS,
      protocolVersion: version,
    }
    try {
      return await connectOnce(target.url, attempt)
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string }
      if (typeof code === 'string' && TLS_CODE.test(code)) throw certificateRefused(code, message)
      if (IDENTITY_REFUSALS.has(code)) throw identityRefused(message)
      if (version === 5 && VERSION_REFUSALS.has(code)) {
        version = 4
        continue
      }
      version = 5
      const reason = message || String(code)
      if (reason !== told) onTrouble(reason)
      told = reason
      await delay(RETRY_MS)
    }
  }
}

/** Whether the connection speaks MQTT 5. */
export function speaksMqtt5(client: Pick<MqttClient, 'options'>): boolean {
  return client.options.protocolVersion === 5
}

function connectOnce(url: string, options: IClientOptions): Promise<MqttClient> {
  // A refusal later on, of a broker that is about to stop perhaps, is no reason to give up.
  const client = connect(url, { ...options, reconnectOnConnackError: true })
  return new Promise((resolve, reject) => {
    const settle = () => {
      client.off('connect', succeed)
      client.off('error', fail)
      client.off('close', failClosed)
    }
    const succeed = () => {
      settle()
      resolve(client)
    }
    const fail = (error: Error) => {
      settle()
      client.on('error', () => undefined)
      client.end(true)
      reject(error)
    }
    const failClosed = () => fail(new Error('the broker closed the connection'))
    client.on('connect', succeed)
    client.on('error', fail)
    client.on('close', failClosed)
  })
}

function readTls({ url, caFile, certificateFile, keyFile }: BrokerTarget): Tls {
  const files = [caFile, certificateFile, keyFile]
  if (files.every((file) => file === undefined)) return {}
  if (new URL(url).protocol !== 'mqtts:') {
    throw invalid('COMMONWATT_BROKER_CA, _CERT and _KEY are for a broker with TLS: its URL begins with mqtts://')
  }
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw invalid('COMMONWATT_BROKER_CERT and COMMONWATT_BROKER_KEY belong together: give both or none')
  }
  const tls: Tls = {
    ...(caFile === undefined ? {} : { ca: readPem('COMMONWATT_BROKER_CA', caFile) }),
    ...(certificateFile === undefined ? {} : { cert: readPem('COMMONWATT_BROKER_CERT', certificateFile) }),
    ...(keyFile === undefined ? {} : { key: readPem('COMMONWATT_BROKER_KEY', keyFile) }),
  }
  try {
    createSecureContext(tls)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') {
      throw invalid('the key of COMMONWATT_BROKER_KEY is not that of the certificate of COMMONWATT_BROKER_CERT')
    }
    throw invalid(`COMMONWATT_BROKER_CA, _CERT or _KEY is no usable PEM (${code ?? 'unknown'})`)
  }
  return tls
}

function readPem(variable: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw invalid(
      `${variable}: the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    )
  }
}

function invalid(reason: string): DomainError {
  return new DomainError('broker-tls-invalid', reason)
}

function certificateRefused(code: string, message: string): DomainError {
  return new DomainError(
    'broker-certificate-refused',
    `no TLS connection to the MQTT broker: ${message.trim()} (${code}). COMMONWATT_BROKER_CA names who vouches for it, COMMONWATT_BROKER_CERT and _KEY what it may ask for`,
  )
}

function identityRefused(message: string): DomainError {
  return new DomainError(
    'broker-identity-refused',
    `the MQTT broker lets nobody in by this name (${message}): check user and password in COMMONWATT_BROKER_URL, or COMMONWATT_BROKER_CERT`,
  )
}
