import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { devicesRootOf, proofOfDevice, PURPOSES } from '../../services/chain/delegations.ts'
import { readContract } from '../../services/chain/ledger.ts'
import { sendSetUpCalls } from '../../services/chain/set-up-transactions.ts'
import { addressOfKey } from '../../services/chain/typed-data.ts'
import {
  AREA,
  HOUSEHOLDS,
  KEYS,
  setUpMarket,
  startLedger,
  STRANGER,
  type Market,
  type RunningLedger,
} from './ledger-fixture.ts'

const AGGREGATOR = addressOfKey(STRANGER)
const FAR = 2 ** 40 - 1

let running: RunningLedger
let market: Market

beforeAll(async () => {
  running = await startLedger(18_131)
  market = await setUpMarket(running.url)
})

afterAll(async () => {
  market.ledger.close()
  await running.stop()
})

const deviceOf = (number: number) => `0x${number.toString(16).padStart(40, '0')}`

describe('the devices of a delegation', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 13])('are each proven to the ledger, of %i, and no other is', async (count) => {
    const { ledger } = market
    const devices = Array.from({ length: count }, (_, index) => deviceOf(0xdef1 + index))
    const delegation = [
      addressOfKey(KEYS.supplier),
      AGGREGATOR,
      PURPOSES.indexOf('flexibility'),
      AREA,
      devicesRootOf(devices),
      count,
      FAR,
    ]
    const data = ledger.contracts.delegations.interface.encodeFunctionData('delegate', [delegation])
    await sendSetUpCalls(ledger.provider, KEYS.supplier, [{ to: ledger.addresses.delegations, data }])
    const [id] = await readContract(ledger, 'delegations', 'latestOf', ...delegation.slice(0, 4))

    const covers = async (device: string, proof: string[] | null) =>
      (await readContract(ledger, 'delegations', 'covers', id, device, proof ?? []))[0] as boolean
    for (const device of devices) expect(await covers(device, proofOfDevice(devices, device))).toBe(true)
    expect(proofOfDevice(devices, deviceOf(1))).toBeNull()
    expect(await covers(deviceOf(1), proofOfDevice(devices, devices[0]!))).toBe(false)
  })

  test('have one root, however they are listed', () => {
    const devices = [deviceOf(1), deviceOf(2), deviceOf(3)]
    expect(devicesRootOf(devices.toReversed())).toBe(devicesRootOf(devices))
    expect(() => devicesRootOf([])).toThrow('at least one device')
  })

  test('are all meters of the area, where the gateway commits readings', async () => {
    const { ledger } = market
    const [id] = await readContract(
      ledger,
      'delegations',
      'latestOf',
      addressOfKey(KEYS.meteringOperator),
      addressOfKey(KEYS.gateway),
      PURPOSES.indexOf('readings'),
      AREA,
    )
    const [{ deviceCount }] = (await readContract(ledger, 'delegations', 'delegationOf', id)) as unknown as [
      { deviceCount: bigint },
    ]
    expect(deviceCount).toBe(BigInt(HOUSEHOLDS.length))
  })
})
