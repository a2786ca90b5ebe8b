import { deliveryPeriod, energyWh } from '../../../services/domain/units.ts'
import { readingLeafOf } from '../../../services/domain/metering/reading-tree.ts'
import { isLeafOf } from '../../../services/domain/metering/merkle-sum-tree.ts'
import type { AbiValue } from '../abi.ts'
import { differ, requireSame, type Place } from '../difference.ts'
import type { Areas } from './areas.ts'
import type { Challenges } from './challenges.ts'
import { fieldsOf, type Fields, type LedgerEvent } from './ledger-event.ts'
import { memberStatementOf } from './member-statement.ts'
import type { Members } from './members.ts'
import type { Readings } from './readings.ts'
import type { Runs } from './runs.ts'
import type { Sessions } from './sessions.ts'
import { hexOf } from '../ledger/hex.ts'

type Books = {
  readonly areas: Areas
  readonly members: Members
  readonly sessions: Sessions
  readonly readings: Readings
  readonly runs: Runs
  readonly challenges: Challenges
}

const NO_READING = 2
const QUALITIES = ['metered', 'estimated'] as const

/**
 * Decides anew whether a period of a statement was right, from the call that challenged it. Throws a difference where the
 * ledger says otherwise. False where it cannot be told: a contract made the call, or the whole statement was challenged,
 * which rests on data that the members hold.
 */
export function recomputeStatementChallenge(event: LedgerEvent, upheld: boolean, place: Place, books: Books): boolean {
  const call = event.calls.find(({ name }) => name === 'challengePeriod')
  if (call === undefined) return false
  const area = call.fields.number('area')
  const statement = recordOf(recordOf(call.fields, 'statement'), 'leaf')
  const proof = recordOf(call.fields, 'period')
  const leaf = recordOf(proof, 'leaf')
  const day = statement.number('day')
  const memberId = statement.number('memberId')
  const run =
    books.runs.runOf(area, day, statement.number('run')) ?? differ('challenges', 'the run was not committed', place)
  const position = Number(proof.big('position'))
  const period = books.areas.tradedPeriodsOf(area, day)[position]
  if (period === undefined) return false
  const said = { day, memberId, run: run.run, period }
  for (const [name, expected] of Object.entries(said)) {
    requireSame('challenges', `the ${name} that was challenged`, event.fields.number(name), expected, place)
  }
  const versions = books.readings.versionsAt(area, period, run.committedAt)
  const stated = leaf.number('readingVersion')
  const version = versions.includes(stated) ? stated : versions.at(-1)!
  const metered = readingOf(recordOf(call.fields, 'reading'), { area, period, version, memberId }, books, place)
  const session = books.sessions.clearedOf(area, period) ?? differ('challenges', 'the session was not cleared', place)
  const lines = memberStatementOf(
    { area, period, memberId, version, metered, session },
    books.areas.tariffOf(area, period),
    books.members,
  )
  const quality = metered === null ? NO_READING : QUALITIES.indexOf(metered.quality)
  const charged = [lines.energy, lines.imbalance, lines.gridTariff, lines.levies, lines.platformFee]
  const isRight =
    leaf.number('period') === period &&
    stated === version &&
    leaf.number('quality') === quality &&
    leaf.big('bought') === lines.bought &&
    leaf.big('sold') === lines.sold &&
    leaf.big('imported') === (lines.metered?.import ?? 0n) &&
    leaf.big('exported') === (lines.metered?.export ?? 0n) &&
    ['energy', 'imbalance', 'gridTariff', 'levies', 'platformFee'].every(
      (name, index) => leaf.big(name) === charged[index],
    ) &&
    proof.big('a') === sumOf(charged, 1n) &&
    proof.big('b') === sumOf(charged, -1n) &&
    position < statement.number('periodCount')
  if (isRight === upheld) {
    differ('challenges', `the ledger decided that the statement was ${upheld ? 'wrong' : 'right'}, and it was not`, {
      ...place,
      member: memberId,
      period,
    })
  }
  return true
}

function readingOf(
  proof: Fields,
  { area, period, version, memberId }: { area: number; period: number; version: number; memberId: number },
  books: Books,
  place: Place,
) {
  const reading = recordOf(proof, 'reading')
  if (reading.number('memberId') === 0) return null
  const committed =
    books.readings.versionsOf(area, period)[version] ??
    differ('challenges', 'there is no such version of the readings', place)
  const shown = {
    memberId: reading.number('memberId'),
    period: deliveryPeriod(reading.number('period')),
    importStart: energyWh(reading.big('importStart')),
    importEnd: energyWh(reading.big('importEnd')),
    exportStart: energyWh(reading.big('exportStart')),
    exportEnd: energyWh(reading.big('exportEnd')),
    quality: QUALITIES[reading.number('quality')] ?? 'estimated',
    salt: reading.text('salt'),
  }
  const root = { hash: committed.root, count: committed.count, a: committed.importTotal, b: committed.exportTotal }
  const siblings = (proof.value('siblings') as Uint8Array[]).map(hexOf)
  if (shown.memberId !== memberId || !isLeafOf(root, readingLeafOf(shown), Number(proof.big('position')), siblings)) {
    differ('challenges', 'the reading that was shown is not a leaf of what was committed', place)
  }
  return {
    memberId,
    quality: shown.quality,
    import: energyWh(shown.importEnd - shown.importStart),
    export: energyWh(shown.exportEnd - shown.exportStart),
  }
}

/** A sum of those amounts that have the sign. */
function sumOf(amounts: readonly bigint[], sign: bigint): bigint {
  return amounts.reduce((sum, amount) => (amount * sign > 0n ? sum + amount * sign : sum), 0n)
}

function recordOf(fields: Fields, name: string): Fields {
  return fieldsOf(fields.value(name) as Record<string, AbiValue>)
}
