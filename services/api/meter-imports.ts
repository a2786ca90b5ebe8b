import { createHash, randomUUID } from 'node:crypto'
import { DomainError } from '../domain/errors.ts'
import { mayImportMeters } from '../domain/identity/household-data.ts'
import type { Store } from '../store/connect.ts'
import {
  deleteMeterImport,
  findMeterImport,
  insertMeterImport,
  listImportedMeters,
  listMeterImports,
  listTakenMeters,
  readMeterImport,
  readMeterImportProgress,
  type MeterImport,
  type MeterImportProgress,
  type TakenMeter,
} from '../store/meter-imports.ts'
import { readArea } from '../store/views/area.ts'
import type { Access } from './access/access.ts'
import { faultOf, parseMeterFile, type MeterFault, type MeterRow } from './meter-file.ts'
import type { MeterImportView } from './schemas/meter-imports.ts'
import type { ApiDeps } from './server.ts'

const FAULTS_SHOWN = 100

type MeterImports = Pick<
  ApiDeps,
  | 'requireMeteringOperator'
  | 'importMeters'
  | 'listMeterImports'
  | 'readMeterImport'
  | 'listImportedMeters'
  | 'takeBackMeterImport'
>

type Options = {
  readonly store: Store
  readonly access: Pick<Access, 'requireScope' | 'rolesOf'>
  /** Unix seconds by the ledger's clock. */
  readonly ledgerNow: () => number
  /** Unix seconds, wall clock. */
  readonly now: () => number
}

/** Takes files of meters from metering operators: all of a file or, where it has a fault, nothing. */
export function meterImportsOf({ store, access, ledgerNow, now }: Options): MeterImports {
  const viewFor = async (made: MeterImport) => viewOf(made, await readMeterImportProgress(store, made.id))
  const requireOwn = async (account: string, id: string): Promise<MeterImport> => {
    const made = await readMeterImport(store, account, id)
    if (made === null) throw unknown()
    return made
  }

  return {
    async requireMeteringOperator(request) {
      const { account } = await access.requireScope(request, 'import:meters')
      const { id: area } = await readArea(store)
      if (mayImportMeters(await access.rolesOf(account), area)) return account
      throw new DomainError('role-missing', `only a metering operator of area ${area} hands in meters`)
    },
    async importMeters(account, { bytes, idempotencyKey, meterCount }) {
      const { id: area } = await readArea(store)
      const contentHash = createHash('sha256').update(bytes).digest('hex')
      const findKnown = async () => {
        const known = await findMeterImport(store, { account, area, contentHash, idempotencyKey })
        if (known === null) return null
        requireSameFile(known, contentHash)
        return { made: await viewFor(known), isNew: false }
      }
      const known = await findKnown()
      if (known !== null) return known

      const { meters, faults } = parseMeterFile(bytes)
      const taken = await listTakenMeters(store, { area, ledgerNow: ledgerNow() }, meters)
      const found = [...faults, ...countFaultsOf(meters, faults, meterCount), ...takenFaultsOf(meters, taken)]
      if (found.length > 0) {
        // Its own meters are taken, where the same file came twice at the same time.
        const since = await findKnown()
        if (since !== null) return since
        throw faultyOf(found)
      }
      const made: MeterImport = {
        id: randomUUID(),
        account,
        area,
        contentHash,
        idempotencyKey,
        meterCount: meters.length,
        createdAt: now(),
      }
      const inserted = await insertMeterImport(store, made, meters, ledgerNow())
      // Somebody may have been faster since the meters were looked up.
      if ('taken' in inserted) throw faultyOf(takenFaultsOf(meters, inserted.taken))
      requireSameFile(inserted.kept, contentHash)
      return { made: await viewFor(inserted.kept), isNew: inserted.kept.id === made.id }
    },
    async listMeterImports(account) {
      return { items: await Promise.all((await listMeterImports(store, account)).map(viewFor)) }
    },
    readMeterImport: async (account, id) => viewFor(await requireOwn(account, id)),
    async takeBackMeterImport(account, id) {
      switch (await deleteMeterImport(store, account, id)) {
        case 'deleted':
          return
        case 'unknown':
          throw unknown()
        case 'begun':
          throw new DomainError('meter-import-begun', 'the registrar has begun to record the meters of this file')
      }
    },
    async listImportedMeters(account, id, { after, limit }) {
      await requireOwn(account, id)
      const rows = await listImportedMeters(store, id, { after, limit })
      return {
        items: rows.map(({ address: meter, state, ...row }) => ({ ...row, meter, state: state ?? 'waiting' })),
        nextAfter: rows.length === limit ? rows.at(-1)!.row : null,
      }
    },
  }
}

function unknown(): DomainError {
  return new DomainError('meter-import-unknown', 'you have handed in no such file of meters')
}

function requireSameFile({ contentHash }: MeterImport, sent: string): void {
  if (contentHash !== sent) {
    throw new DomainError('idempotency-key-reused', 'another file was handed in with this Idempotency-Key')
  }
}

function faultyOf(faults: readonly MeterFault[]): DomainError {
  const shown = [...faults].sort((one, other) => one.row - other.row).slice(0, FAULTS_SHOWN)
  const { row, column, problem } = shown[0]!
  const more = faults.length === 1 ? '' : `, and ${faults.length - 1} more`
  return new DomainError(
    'meter-file-faulty',
    `row ${row}${column === null ? '' : `, ${column}`}: ${problem}${more}; nothing of the file was taken`,
    { faults: { total: faults.length, shown } },
  )
}

function countFaultsOf(
  meters: readonly MeterRow[],
  faults: readonly MeterFault[],
  expected: number | null,
): MeterFault[] {
  if (expected === null || faults.length > 0 || meters.length === expected) return []
  const problem = `the file has ${meters.length} meters, and ${expected} were said to be in it`
  return [faultOf(meters.at(-1)?.row ?? 1, null, problem, 'send the whole file, or say how many there are')]
}

const COLUMN_OF = { meter: 'meter', 'serial-number': 'serial_number', code: 'claim_code' } as const
const WORDS_OF = {
  stock: 'it is in stock already',
  import: 'it is in a file that was handed in before',
  member: 'it is the meter of a member',
  credential: "it holds a meter's credential already",
} as const

function takenFaultsOf(meters: readonly MeterRow[], taken: readonly TakenMeter[]): MeterFault[] {
  if (taken.length === 0) return []
  const rowsOf = (valueOf: (meter: MeterRow) => string) => new Map(meters.map((meter) => [valueOf(meter), meter.row]))
  const rows = {
    meter: rowsOf(({ address }) => address),
    'serial-number': rowsOf(({ serialNumber }) => serialNumber),
    code: rowsOf(({ codeHash }) => codeHash),
  }
  return taken.flatMap(({ what, value, by }) => {
    const row = rows[what].get(value)
    return row === undefined ? [] : [faultOf(row, COLUMN_OF[what], WORDS_OF[by], 'leave the row out, or mend it')]
  })
}

function viewOf(made: MeterImport, progress: MeterImportProgress): MeterImportView {
  const { id, area, contentHash, meterCount, createdAt } = made
  return { id, area, contentHash, state: stateOf(progress), meters: meterCount, createdAt, ...progress }
}

function stateOf({ startedAt, finishedAt, heldBack }: MeterImportProgress): MeterImportView['state'] {
  if (finishedAt !== null) return 'done'
  if (heldBack !== null) return 'held-back'
  return startedAt === null ? 'waiting' : 'recording'
}
