const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:Z|[+-](\d{2}):(\d{2}))$/
const LARGEST_OFFSET_HOURS = 14

/** Whether the text is a date of the calendar and a time, to the second, with its offset from UTC. */
export function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text)
  if (parts === null) return false
  const at = (position: number) => Number(parts[position] ?? 0)
  const [year, month, day] = [at(1), at(2), at(3)]
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
  const isTime = at(4) <= 23 && at(5) <= 59 && at(6) <= 59
  return isDay && isTime && at(7) <= LARGEST_OFFSET_HOURS && at(8) <= 59
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
