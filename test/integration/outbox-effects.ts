import { expect } from 'vitest'
import { readingTreeOf } from '../../services/domain/metering/reading-tree.ts'
import { readReadingBatch } from '../../services/store/readings.ts'
import { committed, period } from './gateway-meters.ts'
import { eventually, type GatewayWorld } from './gateway-world.ts'

/**
 * The period's readings are on the ledger once and are those of the tables, and the transactions of each signer that the
 * tables know are all that it ever sent, nonce after nonce.
 */
export async function expectOneEffect(world: GatewayWorld, position: number, totals: object): Promise<void> {
  expect(await committed(world, position)).toMatchObject(totals)
  const batch = (await readReadingBatch(world.store, world.area, period(position)))!
  const { root } = readingTreeOf(batch.leaves)
  expect(await committed(world, position)).toMatchObject({ root: root.hash, importTotal: root.a, exportTotal: root.b })
  expect(await countCommitments(world, position)).toBe(1)

  const rowsOf = () => world.store.client.gatewayTransaction.findMany({ orderBy: { nonce: 'asc' } })
  const allMined = async () => ((await rowsOf()).every(({ status }) => status === 'mined') ? true : null)
  await eventually(allMined, 'every transaction noted as mined')
  const rows = await rowsOf()
  for (const sender of new Set(rows.map((row) => row.sender))) {
    const nonces = rows.filter((row) => row.sender === sender).map(({ nonce }) => nonce)
    const count = Number(await world.ledger.provider.send('eth_getTransactionCount', [sender, 'latest']))
    expect(nonces).toEqual(Array.from({ length: count }, (_, nonce) => nonce))
  }
}

/** How often the ledger took a commitment to the period's readings, corrections apart. */
async function countCommitments({ area, ledger }: GatewayWorld, position: number): Promise<number> {
  const { meterReadings } = ledger.contracts
  const events = await meterReadings.queryFilter(meterReadings.getEvent('ReadingsCommitted'), 0)
  return events.filter((event) => {
    const { args } = meterReadings.interface.parseLog(event)!
    return Number(args.area) === area && Number(args.period) === period(position)
  }).length
}
