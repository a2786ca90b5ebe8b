import { afterEach, expect, test } from 'vitest'
import { createLwm2mDevice, type Lwm2mDevice, type Lwm2mDeviceOptions } from '../../scripts/simulation/lwm2m-device.ts'
import type { CoapPeer } from '../../services/gateway/adapters/coap/endpoint.ts'
import { bareResponse } from '../../services/gateway/adapters/coap/meaning.ts'
import { openUdpEndpoint } from '../../services/gateway/adapters/coap/udp-endpoint.ts'
import { createLwm2mClientAt, entriesOf, type Content } from '../../services/gateway/adapters/lwm2m/client.ts'
import { CONTENT_FORMAT } from '../../services/gateway/adapters/lwm2m/content/content-format.ts'
import { METER_VALUES } from './lwm2m-world.ts'

const opened: { readonly close: () => Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

/** A device, and a client at it that prefers SenML CBOR to TLV. */
async function deviceAndClient(options: Partial<Lwm2mDeviceOptions> = {}) {
  const met = Promise.withResolvers<CoapPeer>()
  const endpoint = await openUdpEndpoint({
    host: '127.0.0.1',
    port: 0,
    onRequest: async (peer) => (met.resolve(peer), bareResponse('2.01')),
    onDefect: (error) => expect.unreachable(String(error)),
  })
  const device = await createLwm2mDevice({
    endpoint: 'a',
    server: { host: '127.0.0.1', port: endpoint.port },
    values: METER_VALUES,
    ...options,
  })
  opened.push(device, endpoint)
  await device.register()
  const formats = [CONTENT_FORMAT.senmlCbor, CONTENT_FORMAT.tlv]
  return { device, client: createLwm2mClientAt({ peer: await met.promise, root: '', formats }) }
}

const valuesIn = (content: Content): Record<string, unknown> =>
  Object.fromEntries(entriesOf(content, 0).map(({ path, value }) => [path.join('/'), value]))
const registersAt = (device: Lwm2mDevice) => device.valueOf('/3421/0/25')

test('reads an instance, and a single resource', async () => {
  const { client } = await deviceAndClient()
  expect(valuesIn(await client.read([3421, 0]))).toMatchObject({ '3421/0/25': 1_000, '3421/0/26': 50 })
  expect(valuesIn(await client.read([3421, 0, 26]))).toEqual({ '3421/0/26': 50 })
  await expect(client.read([3421, 7])).rejects.toMatchObject({ code: 'device-refused', details: { code: '4.04' } })
})

test('asks for another content format where the device does not have the first, once', async () => {
  const { device, client } = await deviceAndClient({ formats: [CONTENT_FORMAT.tlv] })
  await client.read([3, 0])
  await client.read([3421, 0])
  expect(device.asked).toEqual(['GET /3/0', 'GET /3/0', 'GET /3421/0'])
  const strange = await deviceAndClient({ formats: [CONTENT_FORMAT.json] })
  await expect(strange.client.read([3, 0])).rejects.toMatchObject({ details: { code: '4.06' } })
})

test('writes one value to its resource, and several to their instance', async () => {
  const { device, client } = await deviceAndClient({ formats: [CONTENT_FORMAT.tlv] })
  await client.write([3421, 0], [{ path: [3421, 0, 25], value: 7 }])
  expect(registersAt(device)).toBe(7)
  const entries = [
    { path: [3421, 0, 25], value: 8 },
    { path: [3421, 0, 26], value: 9 },
  ] as const
  await client.write([3421, 0], entries)
  expect([registersAt(device), device.valueOf('/3421/0/26'), device.valueOf('/3421/0/1')]).toEqual([8, 9, 230])
  expect(device.asked.filter((line) => !line.startsWith('GET'))).toEqual([
    'PUT /3421/0/25',
    'PUT /3421/0/25',
    'POST /3421/0',
  ])
})

test('executes a resource, with an argument or without', async () => {
  const executed: string[] = []
  const { client } = await deviceAndClient({
    onExecute: (path, argument) => (executed.push(`${path} ${argument}`), path === '/3/0/4' ? '2.04' : '4.05'),
  })
  await client.execute([3, 0, 4])
  await client.execute([3, 0, 4], "0='1'")
  await expect(client.execute([3, 0, 5])).rejects.toMatchObject({ details: { code: '4.05' } })
  expect(executed).toEqual(['/3/0/4 ', "/3/0/4 0='1'", '/3/0/5 '])
})

test('finds the instances of an object', async () => {
  const { client } = await deviceAndClient({ values: { ...METER_VALUES, '/3421/4/25': 1 } })
  expect(await client.discover(3421)).toEqual({ version: '1.0', instances: [0, 4] })
  expect(await client.discover(3306)).toBeNull()
})

test('observes until it cancels', async () => {
  const { device, client } = await deviceAndClient()
  const notified: unknown[] = []
  const observing = await client.observe([3421, 0], async (content) => {
    if (content !== null) notified.push(valuesIn(content)['3421/0/25'])
  })
  expect(observing.isObserved).toBe(true)
  expect(valuesIn(observing.first)['3421/0/25']).toBe(1_000)
  expect(await device.change({ '/3421/0/25': 1_001 })).toBe(true)
  expect(await device.change({ '/3421/0/25': 1_002 })).toBe(true)
  await observing.cancel()
  expect(device.observedPaths()).toEqual([])
  expect(await device.change({ '/3421/0/25': 1_003 })).toBe(false)
  expect(notified).toEqual([1_001, 1_002])
})
