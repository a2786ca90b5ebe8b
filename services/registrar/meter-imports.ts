import { hexToBytes } from '@noble/hashes/utils.js'
import { validityFromNow } from '../chain/credentials.ts'
import type { Ledger } from '../chain/ledger.ts'
import { issueCall } from '../chain/registrations.ts'
import type { TransactionSender } from '../chain/transactions.ts'
import { prepareCredential, type IssuedCredential } from '../credentials/issue-credential.ts'
import { DomainError } from '../domain/errors.ts'
import { didOf } from '../domain/identity/did.ts'
import type { Log } from '../runtime/log.ts'
import type { Store } from '../store/connect.ts'
import {
  beginMeterImportRun,
  finishMeterImportRun,
  keepMeterOutcomes,
  listWaitingMeters,
  noteHeldBack,
  readNextMeterImport,
  type MeterImportRun,
  type MeterOutcome,
} from '../store/meter-import-runs.ts'
import type { ImportedMeter, MeterImport } from '../store/meter-imports.ts'

/** One transaction holds so many with room to spare: they take about 83,000 gas each. */
export const METERS_PER_TRANSACTION = 150
const SALT_BYTES = 32
/** What the ledger refused may pass later: an issuer that is accredited again. */
const AGAIN_MS = 10_000
/** Time mends these, for whatever is next as well. */
const NOBODYS_FAULT = ['ledger-unreachable', 'sender-stopped']
/** Of one meter, and not of the others beside it. */
const ALREADY_ISSUED = 'credential-registry-already-issued'
const METERS_OWN = [ALREADY_ISSUED, 'credential-registry-held-already', 'credential-registry-invalid-subject']

type Parts = {
  readonly store: Store
  readonly ledger: Ledger
  /** With the metering operator's key. */
  readonly sender: TransactionSender
  /** 32 bytes, 0x-hex, which are the same for the same purpose after a restart. */
  readonly saltOf: (purpose: string) => string
  /** Unix seconds, wall clock. */
  readonly now: () => number
  readonly log: Pick<Log, 'info' | 'warn'>
}

type Certified = ImportedMeter & { readonly certificate: string }

/**
 * The metering operator's files of meters: has the ledger record the credentials of a batch, and puts its meters into the
 * stock; resolves to whether there may be more. Each credential is recorded once, whatever is killed when: its salts follow
 * from its row, so that a batch is the same whenever it is made, and so are the documents: the operator can sign them later.
 */
export function createMeterImports(parts: Parts): { readonly advance: () => Promise<boolean> } {
  const { store, ledger, sender, log } = parts
  let notBefore = -Infinity

  return {
    async advance() {
      if (performance.now() < notBefore) return false
      const next = await readNextMeterImport(store, sender.address)
      if (next === null) return false
      const validity = await validityFromNow(ledger)
      const run = await beginMeterImportRun(store, { importId: next.id, ...validity }, parts.now())
      if (run === null) return true
      const meters = await listWaitingMeters(store, next.id, METERS_PER_TRANSACTION)
      if (meters.length === 0) {
        await finishMeterImportRun(store, next.id, parts.now())
        log.info({ import: next.id, meters: next.meterCount }, 'a file of meters is recorded')
        return true
      }
      try {
        await recordMeters(parts, next, run, meters)
        return true
      } catch (error) {
        if (!(error instanceof DomainError) || NOBODYS_FAULT.includes(error.code)) throw error
        log.warn({ import: next.id, code: error.code }, `a file of meters is held back: ${error.message}`)
        await noteHeldBack(store, next.id, error)
        notBefore = performance.now() + AGAIN_MS
        return false
      }
    },
  }
}

async function recordMeters(
  parts: Parts,
  made: MeterImport,
  run: MeterImportRun,
  meters: readonly ImportedMeter[],
): Promise<void> {
  const certified = meters.filter((meter): meter is Certified => meter.certificate !== null)
  const outcomes = new Map<number, MeterOutcome>(meters.map(({ row }) => [row, { row, state: 'uncertified' }]))
  const issued = await Promise.all(certified.map((meter) => issueTo(parts, made, run, meter)))
  const batch = certified.map(({ row }, index) => ({ row, credential: issued[index]! }))
  for (const outcome of await recordBatch(parts.sender, made.id, batch)) outcomes.set(outcome.row, outcome)
  const kept = meters.map((meter) => ({ meter, outcome: outcomes.get(meter.row)! }))
  await keepMeterOutcomes(parts.store, made, kept)
}

type Recorded = Pick<IssuedCredential, 'credentialId' | 'issuance'>
type Issued = { readonly row: number; readonly credential: Recorded }

/** Records all at once; where the ledger refuses one of them, the others without it. */
async function recordBatch(
  sender: TransactionSender,
  importId: string,
  batch: readonly Issued[],
): Promise<MeterOutcome[]> {
  const [first] = batch
  if (first === undefined) return []
  try {
    const call = issueCall(...batch.map(({ credential }) => credential.issuance))
    await sender.send(`import-meters:${importId}:${first.row}-${batch.at(-1)!.row}`, call)
    return batch.map(recordedOf)
  } catch (error) {
    if (!(error instanceof DomainError) || !METERS_OWN.includes(error.code)) throw error
    if (batch.length === 1) {
      return error.code === ALREADY_ISSUED
        ? [recordedOf(first)]
        : [{ row: first.row, state: 'refused', reason: error.message }]
    }
    const half = Math.ceil(batch.length / 2)
    const former = await recordBatch(sender, importId, batch.slice(0, half))
    return [...former, ...(await recordBatch(sender, importId, batch.slice(half)))]
  }
}

function recordedOf({ row, credential: { credentialId } }: Issued): MeterOutcome {
  return { row, state: 'recorded', credentialId }
}

function issueTo(
  { ledger, sender, saltOf }: Parts,
  { id, area }: MeterImport,
  { validFrom, validUntil }: MeterImportRun,
  { row, address, serialNumber, certificate }: Certified,
): Promise<Recorded> {
  const { chainId } = ledger
  const registry = ledger.addresses.credentialRegistry.toLowerCase()
  return prepareCredential(
    {
      subject: didOf(chainId, address),
      role: 'meter',
      area,
      connectionPoint: null,
      validFrom,
      validUntil,
      claims: { serialNumber, certified: true, certificate },
    },
    {
      ledger: { chainId, registry },
      issuer: didOf(chainId, sender.address),
      random: randomFrom((count) => saltOf(`meter-import:${id}:${row}:${count}:`)),
    },
  )
}

/** Bytes that nobody can guess and that are the same every time they are asked for in the same sequence. */
function randomFrom(saltOf: (count: number) => string): (byteCount: number) => Uint8Array {
  let count = 0
  return (byteCount) => {
    if (byteCount > SALT_BYTES) throw new RangeError(`at most ${SALT_BYTES} random bytes at a time`)
    return hexToBytes(saltOf((count += 1)).slice(2)).subarray(0, byteCount)
  }
}
