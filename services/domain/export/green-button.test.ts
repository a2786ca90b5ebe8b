import fc from 'fast-check'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { deliveryPeriod, energyWh } from '../units.ts'
import { FEED_END, formatFeedStart, formatIntervalBlocks, type ExportedReading } from './green-button.ts'

const FACTS = { source: 'a ledger', memberId: 5, name: 'Okonkwo', updatedAt: 1_780_000_000 }

type Entry = {
  id: string
  title: string
  link: { rel: string; href: string }[]
  content: Record<string, Record<string, unknown>>
}

/** The sequence in which the schema wants the elements that are used, and of how many digits they are. */
const SEQUENCES: Readonly<Record<string, readonly string[]>> = {
  feed: ['id', 'title', 'updated', 'link', 'entry'],
  UsagePoint: ['roleFlags', 'ServiceCategory', 'status'],
  LocalTimeParameters: ['dstEndRule', 'dstOffset', 'dstStartRule', 'tzOffset'],
  ReadingType: [
    ...['accumulationBehaviour', 'commodity', 'consumptionTier', 'currency', 'dataQualifier', 'defaultQuality'],
    ...['flowDirection', 'intervalLength', 'kind', 'phase', 'powerOfTenMultiplier', 'timeAttribute', 'tou', 'uom'],
  ],
  IntervalBlock: ['interval', 'IntervalReading'],
  IntervalReading: ['cost', 'ReadingQuality', 'timePeriod', 'value'],
  timePeriod: ['duration', 'start'],
  interval: ['duration', 'start'],
}

function feedOf(readings: readonly ExportedReading[], facts = FACTS): string {
  return formatFeedStart(facts) + formatIntervalBlocks(facts, readings) + FEED_END
}

function entriesOf(xml: string): Entry[] {
  const lists = new Set(['entry', 'link', 'IntervalReading'])
  const options = {
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    isArray: (name: string) => lists.has(name),
  }
  return (new XMLParser(options).parse(xml) as { feed: { entry: Entry[] } }).feed.entry
}

function readingOf(period: number, imported: bigint, exported = 0n, quality: 'metered' | 'estimated' = 'metered') {
  return { period: deliveryPeriod(period), imported: energyWh(imported), exported: energyWh(exported), quality }
}

/** Start and energy of each interval of a direction, and whether it has a quality of its own. */
function intervalsOf(entries: readonly Entry[], direction: 1 | 2) {
  type Interval = {
    timePeriod: { start: string; duration: string }
    value: string
    ReadingQuality?: { quality: string }
  }
  const isOf = ({ link }: Entry) =>
    link.some(({ rel, href }) => rel === 'up' && href.endsWith(`MeterReading/${direction}/IntervalBlock`))
  return entries
    .filter(isOf)
    .flatMap(({ content }) => (content.IntervalBlock as { IntervalReading: Interval[] }).IntervalReading)
    .map(({ timePeriod, value, ReadingQuality }) => ({
      start: Number(timePeriod.start),
      seconds: Number(timePeriod.duration),
      value: BigInt(value),
      quality: ReadingQuality?.quality ?? '0',
    }))
}

describe('a Green Button feed', () => {
  test('names Wh per quarter-hour forward and reverse, in UTC, with what belongs to what', () => {
    const entries = entriesOf(feedOf([]))
    const typeOf = (number: number) =>
      entries.find(({ link }) => link.some(({ rel, href }) => rel === 'self' && href === `ReadingType/${number}`))!
        .content.ReadingType
    const common = {
      accumulationBehaviour: '4',
      commodity: '1',
      intervalLength: '900',
      kind: '12',
      powerOfTenMultiplier: '0',
      uom: '72',
    }
    expect(typeOf(1)).toMatchObject({ ...common, flowDirection: '1' })
    expect(typeOf(2)).toMatchObject({ ...common, flowDirection: '19' })
    const known = new Set(
      entries.flatMap(({ link }) => link.filter(({ rel }) => rel !== 'related').map(({ href }) => href)),
    )
    const related = entries.flatMap(({ link }) => link.filter(({ rel }) => rel === 'related').map(({ href }) => href))
    expect(related.filter((href) => !known.has(href) && !href.endsWith('IntervalBlock'))).toEqual([])
  })

  test('leaves gaps out, marks what was estimated, and begins a block every day', () => {
    const entries = entriesOf(feedOf([readingOf(94, 10n), readingOf(95, 20n, 0n, 'estimated'), readingOf(97, 0n, 7n)]))
    expect(intervalsOf(entries, 1)).toEqual([
      { start: 84_600, seconds: 900, value: 10n, quality: '0' },
      { start: 85_500, seconds: 900, value: 20n, quality: '8' },
      { start: 87_300, seconds: 900, value: 0n, quality: '0' },
    ])
    expect(intervalsOf(entries, 2).map(({ value }) => value)).toEqual([0n, 0n, 7n])
    const blocks = entries.filter(({ content }) => 'IntervalBlock' in content)
    expect(blocks.map(({ content }) => content.IntervalBlock!.interval)).toEqual([
      { duration: '1800', start: '84600' },
      { duration: '1800', start: '84600' },
      { duration: '900', start: '87300' },
      { duration: '900', start: '87300' },
    ])
  })

  test('has its elements in the sequence of the schema', () => {
    type Ordered = Record<string, unknown>
    const nodes = new XMLParser({ preserveOrder: true }).parse(feedOf([readingOf(1, 2n, 3n, 'estimated')])) as Ordered[]
    let checked = 0
    const check = (node: Ordered): void => {
      for (const [name, children] of Object.entries(node)) {
        if (!Array.isArray(children)) continue
        const names = (children as Ordered[]).map((child) => Object.keys(child)[0]!)
        const sequence = SEQUENCES[name]
        if (sequence !== undefined) {
          const places = names.map((child) => sequence.indexOf(child))
          expect(places, `${name}: ${names.join(', ')}`).toEqual([...places].sort((one, other) => one - other))
          expect(places).not.toContain(-1)
          checked += 1
        }
        for (const child of children as Ordered[]) check(child)
      }
    }
    for (const node of nodes) check(node)
    expect(checked).toBeGreaterThan(Object.keys(SEQUENCES).length)
  })

  test('has the same ids each time, and no id twice', () => {
    const idsOf = (name: string) => entriesOf(feedOf([readingOf(1, 2n)], { ...FACTS, name })).map(({ id }) => id)
    expect(idsOf('one')).toEqual(idsOf('other'))
    expect(new Set(idsOf('one')).size).toBe(idsOf('one').length)
    for (const id of idsOf('one'))
      expect(id).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('is XML whatever a household is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(XMLValidator.validate(feedOf([], { ...FACTS, name }))).toBe(true)
      }),
    )
    expect(entriesOf(feedOf([], { ...FACTS, name: '<b>&"Ada"</b>' }))[0]!.title).toBe('<b>&"Ada"</b>')
  })

  test('loses no Wh', () => {
    const energy = fc.bigInt({ min: 0n, max: 2n ** 47n })
    const quality = fc.constantFrom('metered' as const, 'estimated' as const)
    const reading = fc.record({ period: fc.integer({ min: 0, max: 400 }), imported: energy, exported: energy, quality })
    fc.assert(
      fc.property(fc.uniqueArray(reading, { selector: ({ period }) => period, maxLength: 60 }), (drawn) => {
        const readings = drawn
          .map(({ period, imported, exported, quality }) => readingOf(period, imported, exported, quality))
          .sort((one, other) => one.period - other.period)
        const entries = entriesOf(feedOf(readings))
        const found = intervalsOf(entries, 1).map(({ start, value, quality }) => [start, value, quality])
        expect(found).toEqual(
          readings.map(({ period, imported, quality }) => [period * 900, imported, quality === 'metered' ? '0' : '8']),
        )
        expect(intervalsOf(entries, 2).map(({ value }) => value)).toEqual(readings.map(({ exported }) => exported))
      }),
    )
  })
})
