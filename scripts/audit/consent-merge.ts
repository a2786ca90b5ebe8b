import { DomainError } from '../../services/domain/errors.ts'
import { RUN_NAMES } from './replay/runs.ts'
import type { ConsentData } from './consent-data.ts'

/**
 * The data of each member in one piece, however many files they came in. Throws `consent-data-duplicate` where a reading or
 * a statement is given twice, and `consent-data-foreign` where one member's are of two ledgers.
 */
export function mergeConsent(all: readonly ConsentData[]): ConsentData[] {
  const merged = new Map<string, ConsentData>()
  for (const data of all) {
    const key = `${data.area}:${data.memberId}`
    const other = merged.get(key)
    if (other === undefined) {
      merged.set(key, data)
      continue
    }
    if (other.chainId !== data.chainId || other.settlement.toLowerCase() !== data.settlement.toLowerCase()) {
      throw new DomainError('consent-data-foreign', `the data of member ${data.memberId} are of two ledgers`)
    }
    merged.set(key, {
      ...other,
      readings: [...other.readings, ...data.readings],
      signedReadings: mergeSigned(other.signedReadings, data.signedReadings),
      statements: [...other.statements, ...data.statements],
      traderLinks: [...(other.traderLinks ?? []), ...(data.traderLinks ?? [])],
    })
  }
  for (const data of merged.values()) requireOnce(data)
  return [...merged.values()]
}

/** By delivery period. Files of days that follow one another both have what was signed between them; none where one has none. */
function mergeSigned(
  one: ConsentData['signedReadings'],
  other: ConsentData['signedReadings'],
): ConsentData['signedReadings'] {
  if (one === undefined || other === undefined) return undefined
  const merged = new Map([...one, ...other].map((reading) => [reading.deliveryPeriod, reading]))
  return [...merged.values()].sort((first, second) => first.deliveryPeriod - second.deliveryPeriod)
}

function requireOnce({ area, memberId, readings, statements }: ConsentData): void {
  const said = new Set<string>()
  const require = (key: string, words: string): void => {
    if (said.has(key)) {
      throw new DomainError('consent-data-duplicate', `${words} of member ${memberId} of area ${area} is given twice`)
    }
    said.add(key)
  }
  for (const { day, run } of statements) {
    require(`s:${day}:${run}`, `the statement of day ${day}, ${RUN_NAMES[run] ?? run} run,`)
  }
  for (const { period, version } of readings) {
    require(`r:${period}:${version}`, `version ${version} of the reading of period ${period}`)
  }
}
