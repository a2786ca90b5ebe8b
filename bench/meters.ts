import { meterImport } from '../services/api/schemas/meter-imports.ts'
import { METERS_PER_TRANSACTION } from '../services/registrar/meter-imports.ts'
import { bodyOf } from '../test/integration/api-answers.ts'
import { ACTOR_KEYS } from '../test/integration/api-market.ts'
import { signIn } from '../test/integration/api-signed-in.ts'
import type { ApiWorld } from '../test/integration/api-world.ts'
import {
  fileOf,
  namesOf,
  recordMeterImports,
  rowOf,
  startMeterImportWorld,
} from '../test/integration/meter-import-world.ts'
import type { Figure } from './figure.ts'

const PORT = 18_394
const METERS = 10_000

/** A file of 10,000 meters: handed in over HTTP, and recorded on the ledger, with PostgreSQL and the ledger beside it. */
export async function measureMeters(): Promise<Figure[]> {
  const world = await startMeterImportWorld(PORT)
  try {
    const began = performance.now()
    await handIn(world)
    const handedIn = performance.now()
    await record(world)
    const recorded = performance.now()
    const gas = await gasOf(world)
    const [checking, all] = [handedIn - began, recorded - began].map((milliseconds) => milliseconds / 1_000) as [
      number,
      number,
    ]
    return [
      figure('import10000Seconds', all, 's', `of which handing in, with every row checked: ${checking.toFixed(1)} s`),
      figure('gasPerImportedMeter', Math.round(gas / METERS), 'gas', `${METERS_PER_TRANSACTION} in one transaction`),
    ]
  } finally {
    await world.stopApi()
    await world.stop()
  }
}

async function handIn(world: ApiWorld): Promise<void> {
  const { cookie } = await signIn(world, ACTOR_KEYS.meteringOperator)
  const file = fileOf(...namesOf('meter ', METERS).map((name) => rowOf(name)))
  const response = await fetch(`${world.address}/api/meters/imports?rows=${METERS}`, {
    method: 'POST',
    headers: { cookie, 'x-commonwatt': '1', 'content-type': 'text/csv' },
    body: file,
  })
  const { meters } = await bodyOf(response, meterImport)
  if (meters !== METERS) throw new Error(`${meters} meters were taken, and ${METERS} sent`)
}

async function record(world: ApiWorld): Promise<void> {
  await recordMeterImports(world)
  const recorded = await world.store.client.importedMeterOutcome.count({ where: { state: 'recorded' } })
  if (recorded !== METERS) throw new Error(`${recorded} meters were recorded of ${METERS}`)
}

async function gasOf({ ledger, store }: ApiWorld): Promise<number> {
  const sent = await store.client.registrarTransaction.findMany({ select: { hash: true } })
  const receipts = await Promise.all(sent.map(({ hash }) => ledger.provider.getTransactionReceipt(hash)))
  return receipts.reduce((sum, receipt) => sum + Number(receipt!.gasUsed), 0)
}

function figure(name: string, value: number, unit: string, reference: string | null): Figure {
  return {
    name: `meters.${name}`,
    value: unit === 's' ? Number(value.toFixed(1)) : value,
    unit,
    target: null,
    reference,
  }
}
