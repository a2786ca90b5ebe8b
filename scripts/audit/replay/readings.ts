import { differ, requireSame } from '../difference.ts'
import { SECONDS_PER_DAY, SECONDS_PER_PERIOD, PERIODS_PER_DAY, type Areas } from './areas.ts'
import { fieldsOf, placeOf, type LedgerEvent } from './ledger-event.ts'
import type { AbiValue } from '../abi.ts'

/** A version of a period's readings as it was committed; energy in Wh, `committedAt` in unix seconds. */
export type ReadingsVersion = {
  readonly root: string
  readonly count: number
  readonly importTotal: bigint
  readonly exportTotal: bigint
  readonly committedAt: number
  readonly transaction: string
  readonly block: number
}

/** Replays the commitments to readings: versions ascend, each in its time, and say what the gateway's call said. */
export function createReadings(areas: Areas) {
  const periods = new Map<string, ReadingsVersion[]>()

  const see = (event: LedgerEvent): void => {
    if (event.name !== 'ReadingsCommitted') return
    const { fields, time } = event
    const area = fields.number('area')
    const period = fields.number('period')
    const version = fields.number('version')
    const place = { ...placeOf(event), area, period }
    const versions = periods.get(`${area}:${period}`) ?? []
    periods.set(`${area}:${period}`, versions)
    requireSame('readings', 'the version', version, versions.length, place)
    const end = (period + 1) * SECONDS_PER_PERIOD
    if (time < end) differ('readings', 'they were committed before the period was over', place)
    const dayEnd = (Math.floor(period / PERIODS_PER_DAY) + 1) * SECONDS_PER_DAY
    if (version > 0 && time >= dayEnd + areas.calendarOf(area).finalDelay) {
      differ('readings', "they were corrected when the day's final run could be made already", place)
    }
    requireSameAsCalled(event, area, period)
    versions.push({
      root: fields.text('root'),
      count: fields.number('count'),
      importTotal: fields.big('importTotal'),
      exportTotal: fields.big('exportTotal'),
      committedAt: time,
      transaction: event.transaction.hash,
      block: event.block,
    })
  }

  const versionsOf = (area: number, period: number): readonly ReadingsVersion[] =>
    periods.get(`${area}:${period}`) ?? []

  return {
    see,
    versionsOf,
    isCommitted: (area: number, period: number): boolean => versionsOf(area, period).length > 0,
    /**
     * Numbers of the versions that a run may rest on whose statements say that they rest on that time: in that second
     * either came first; where there was none yet, the first.
     */
    versionsAt: (area: number, period: number, time: number): number[] => {
      const versions = versionsOf(area, period)
      const latest = Math.max(
        0,
        versions.findLastIndex(({ committedAt }) => committedAt <= time),
      )
      const before = Math.max(
        0,
        versions.findLastIndex(({ committedAt }) => committedAt < time),
      )
      return Array.from({ length: latest - before + 1 }, (_, place) => before + place)
    },
    count: (isCounted: (area: number, period: number) => boolean): number =>
      [...periods].reduce((count, [key, versions]) => {
        const [area, period] = key.split(':').map(Number) as [number, number]
        return isCounted(area, period) ? count + versions.length : count
      }, 0),
    all: periods as ReadonlyMap<string, readonly ReadingsVersion[]>,
  }
}

export type Readings = ReturnType<typeof createReadings>

/** The event repeats what the signed call said; where a contract called, there is nothing to compare. */
function requireSameAsCalled(event: LedgerEvent, area: number, period: number): void {
  const calls = event.calls.filter(
    ({ name, fields }) =>
      (name === 'commitReadings' || name === 'correctReadings') &&
      fields.number('area') === area &&
      fields.number('period') === period,
  )
  if (calls.length === 0) return
  const place = { ...placeOf(event), area, period }
  const said = calls.map(({ fields }) => fieldsOf(fields.value('commitment') as Record<string, AbiValue>))
  const same = said.some(
    (commitment) =>
      commitment.text('root') === event.fields.text('root') &&
      commitment.number('count') === event.fields.number('count') &&
      commitment.big('importTotal') === event.fields.big('importTotal') &&
      commitment.big('exportTotal') === event.fields.big('exportTotal'),
  )
  if (!same)
    differ('readings', `the root ${event.fields.text('root')} is not what the metering operator committed`, place)
}
