import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { endOf, SECONDS_PER_PERIOD, startOf, tradingDayOf, type DeliveryPeriod, type EnergyWh } from '../units.ts'

// Green Button is an Atom feed (RFC 4287) of entries of the ESPI namespace (NAESB REQ.21), which fixes the sequence of
// elements. Its codes: https://www.greenbuttonalliance.org, and the schema usage.xsd of the alliance's OpenESPI project.

const ELECTRICITY_SERVICE = 0
const DELTA_DATA = 4
const ELECTRICITY = 1
const NORMAL = 12
const ENERGY = 12
const WATT_HOURS = 72
const VALID = 0
/** Estimated from days of the past, as missing quarter-hours are here. */
const ESTIMATED_BY_REFERENCE_DAY = 8
const NO_DAYLIGHT_SAVING = '00000000'
const ESPI = 'http://naesb.org/espi'

/** `code` is the flow direction's: forward is towards the household. */
const DIRECTIONS = [
  { number: 1, code: 1, title: 'Import', energyOf: (reading: ExportedReading) => reading.imported },
  { number: 2, code: 19, title: 'Export', energyOf: (reading: ExportedReading) => reading.exported },
] as const

export type ExportedReading = {
  readonly period: DeliveryPeriod
  readonly imported: EnergyWh
  readonly exported: EnergyWh
  readonly quality: 'metered' | 'estimated'
}

/** What the feed is about. `source` tells ledgers apart, so that the same entry has the same id in every feed. */
export type FeedFacts = {
  readonly source: string
  readonly memberId: number
  readonly name: string
  /** Unix seconds. */
  readonly updatedAt: number
}

/** The feed up to its blocks of readings: what was metered, where, and how its numbers are to be read. Times are in UTC. */
export function formatFeedStart(facts: FeedFacts): string {
  const point = pointOf(facts)
  const readings = DIRECTIONS.map(
    ({ number, code, title }) =>
      entryOf(
        facts,
        {
          self: `${point}/MeterReading/${number}`,
          up: `${point}/MeterReading`,
          related: [`${point}/MeterReading/${number}/IntervalBlock`, `ReadingType/${number}`],
        },
        title,
        `<MeterReading xmlns="${ESPI}"/>`,
      ) +
      entryOf(facts, { self: `ReadingType/${number}`, up: 'ReadingType' }, `${title} per quarter-hour`, typeOf(code)),
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
    `<id>${uuidOf(facts, 'feed')}</id>\n<title>${escapeXml(facts.name)}</title>\n`,
    `<updated>${timeOf(facts)}</updated>\n<link rel="self" href="${point}"/>\n`,
    entryOf(
      facts,
      {
        self: point,
        up: `RetailCustomer/${facts.memberId}/UsagePoint`,
        related: [`${point}/MeterReading`, 'LocalTimeParameters/1'],
      },
      facts.name,
      `<UsagePoint xmlns="${ESPI}"><ServiceCategory><kind>${ELECTRICITY_SERVICE}</kind></ServiceCategory></UsagePoint>`,
    ),
    entryOf(
      facts,
      { self: 'LocalTimeParameters/1', up: 'LocalTimeParameters' },
      'UTC',
      `<LocalTimeParameters xmlns="${ESPI}"><dstEndRule>${NO_DAYLIGHT_SAVING}</dstEndRule><dstOffset>0</dstOffset>` +
        `<dstStartRule>${NO_DAYLIGHT_SAVING}</dstStartRule><tzOffset>0</tzOffset></LocalTimeParameters>`,
    ),
    ...readings,
  ].join('')
}

/**
 * Readings (ascending) as a block for each UTC day and direction. Quarter-hours without a reading are left out, and those
 * that were estimated say so.
 */
export function formatIntervalBlocks(facts: FeedFacts, readings: readonly ExportedReading[]): string {
  const days = Map.groupBy(readings, ({ period }) => tradingDayOf(period))
  const blocks = [...days].flatMap(([day, ofDay]) =>
    DIRECTIONS.map(({ number, title, energyOf }) => {
      const up = `${pointOf(facts)}/MeterReading/${number}/IntervalBlock`
      return entryOf(facts, { self: `${up}/${day}`, up }, title, blockOf(ofDay, energyOf))
    }),
  )
  return blocks.join('')
}

export const FEED_END = '</feed>\n'

function blockOf(readings: readonly ExportedReading[], energyOf: (reading: ExportedReading) => EnergyWh): string {
  const start = startOf(readings[0]!.period)
  const duration = endOf(readings.at(-1)!.period) - start
  const intervals = readings.map((reading) => {
    const quality =
      reading.quality === 'metered'
        ? ''
        : `<ReadingQuality><quality>${ESTIMATED_BY_REFERENCE_DAY}</quality></ReadingQuality>`
    const period = intervalOf('timePeriod', startOf(reading.period), SECONDS_PER_PERIOD)
    return `<IntervalReading>${quality}${period}<value>${energyOf(reading)}</value></IntervalReading>\n`
  })
  return `<IntervalBlock xmlns="${ESPI}">${intervalOf('interval', start, duration)}\n${intervals.join('')}</IntervalBlock>`
}

function typeOf(flowDirection: number): string {
  const fields = {
    accumulationBehaviour: DELTA_DATA,
    commodity: ELECTRICITY,
    dataQualifier: NORMAL,
    defaultQuality: VALID,
    flowDirection,
    intervalLength: SECONDS_PER_PERIOD,
    kind: ENERGY,
    powerOfTenMultiplier: 0,
    uom: WATT_HOURS,
  }
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
  return `<ReadingType xmlns="${ESPI}">${elements.join('')}</ReadingType>`
}

function intervalOf(element: string, start: number, duration: number): string {
  return `<${element}><duration>${duration}</duration><start>${start}</start></${element}>`
}

type Links = { readonly self: string; readonly up: string; readonly related?: readonly string[] }

function entryOf(facts: FeedFacts, { self, up, related = [] }: Links, title: string, content: string): string {
  const links = [['self', self], ['up', up], ...related.map((href) => ['related', href])]
  return [
    `<entry>\n<id>${uuidOf(facts, self)}</id>\n`,
    ...links.map(([rel, href]) => `<link rel="${rel}" href="${href}"/>\n`),
    `<title>${escapeXml(title)}</title>\n<published>${timeOf(facts)}</published>\n<updated>${timeOf(facts)}</updated>\n`,
    `<content type="application/xml">${content}</content>\n</entry>\n`,
  ].join('')
}

function pointOf({ memberId }: FeedFacts): string {
  return `RetailCustomer/${memberId}/UsagePoint/1`
}

function timeOf({ updatedAt }: FeedFacts): string {
  return new Date(updatedAt * 1_000).toISOString()
}

/** Version 8 of RFC 9562: made of a hash, so that it stays the same. */
function uuidOf({ source, memberId }: FeedFacts, resource: string): string {
  const hex = bytesToHex(sha256(utf8ToBytes(`${source} ${memberId} ${resource}`)))
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** XML 1.0 has no way to write most control characters. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
}
