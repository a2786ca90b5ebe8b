import { DomainError } from '../domain/errors.ts'
import { deviceKeyFileOf, openDeviceKeys } from '../runtime/device-keys.ts'
import type { ServiceContext } from '../runtime/service.ts'
import type { DeviceDesk } from './adapters/adapter.ts'
import { openDtlsEndpoint } from './adapters/coap/dtls-endpoint.ts'
import { openTlsEndpoint } from './adapters/coap/tls-endpoint.ts'
import { openUdpEndpoint } from './adapters/coap/udp-endpoint.ts'
import { startLwm2m, type Lwm2mAdapter, type OpenEndpoint } from './adapters/lwm2m/lwm2m-server.ts'

const LOOPBACK = '127.0.0.1'
/** A meter is heard within the minute after the end of a delivery period in which its counters are those of the end. */
const LONGEST_SILENCE_SECONDS = 45

/**
 * Listens to devices that speak LwM2M: on this machine in the clear, and where it is told with keys, over UDP and TCP. A device
 * that has a key comes with it or not at all. Throws `port-taken`.
 */
export async function openLwm2m(
  { configuration, log }: Pick<ServiceContext, 'configuration' | 'log'>,
  desk: DeviceDesk,
): Promise<Lwm2mAdapter> {
  const { port, dtlsPort, tlsPort, host } = configuration.lwm2m
  const keyOf = openDeviceKeys(deviceKeyFileOf(configuration.dataFolder))
  const places: { readonly over: string; readonly host: string; readonly open: OpenEndpoint }[] = []
  const add = (
    over: string,
    variable: string,
    at: { readonly host: string; readonly port: number },
    open: OpenEndpoint,
  ) => {
    places.push({ over, host: at.host, open: (handlers) => open(handlers).catch(inWords(at, variable)) })
  }
  const plain = { host: LOOPBACK, port }
  add('coap', 'COMMONWATT_LWM2M_PORT', plain, (handlers) => openUdpEndpoint({ ...plain, ...handlers }))
  if (dtlsPort !== undefined) {
    const at = { host, port: dtlsPort, pskOf: keyOf }
    add('coaps', 'COMMONWATT_LWM2M_DTLS_PORT', at, (handlers) => openDtlsEndpoint({ ...at, ...handlers }))
  }
  if (tlsPort !== undefined) {
    const at = { host, port: tlsPort, pskOf: keyOf }
    add('coaps+tcp', 'COMMONWATT_LWM2M_TLS_PORT', at, (handlers) => openTlsEndpoint({ ...at, ...handlers }))
  }
  const adapter = await startLwm2m(desk, {
    endpoints: places.map(({ open }) => open),
    pmax: LONGEST_SILENCE_SECONDS,
    identityOf: ({ address }) => (keyOf(address) === null ? null : address),
  })
  const addresses = places.map(({ over, host: at }, index) => `${over}://${at}:${adapter.ports[index]}`)
  log.info({ addresses }, 'listening to LwM2M')
  return adapter
}

function inWords({ host, port }: { readonly host: string; readonly port: number }, variable: string) {
  return (error: unknown): never => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const words = `port ${port} on ${host}, wanted for LwM2M, is taken: choose another with ${variable}`
    throw new DomainError('port-taken', words, { port })
  }
}
