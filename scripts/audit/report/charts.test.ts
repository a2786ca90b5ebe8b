import { describe, expect, test } from 'vitest'
import { barChart, groupedChart, stepChart } from './charts.ts'

const format = (value: number) => value.toFixed(1)
const chart = { title: 'A & B', unit: 'kWh', format }

describe('charts', () => {
  test('are drawn from zero, with negative bars below it', () => {
    const svg = barChart({
      ...chart,
      points: [
        { label: 'one', value: 2 },
        { label: 'two', value: -2 },
      ],
    })
    const bars = [...svg.matchAll(/class="bar" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g)]
    const [above, below] = bars.map(([, y, height]) => [Number(y), Number(height)] as const)
    expect(above![0] + above![1]).toBeCloseTo(below![0])
    expect(above![1]).toBeCloseTo(below![1])
  })

  test.each([
    ['no values', []],
    ['one value', [{ label: 'x', value: 5 }]],
    [
      'the same value everywhere',
      [
        { label: 'x', value: 0.1 },
        { label: 'y', value: 0.1 },
      ],
    ],
    [
      'gaps',
      [
        { label: 'x', value: null },
        { label: 'y', value: 3 },
      ],
    ],
  ])('hold %s without a coordinate that is no number', (_, points) => {
    expect(stepChart({ ...chart, points }) + barChart({ ...chart, points })).not.toMatch(/NaN|Infinity/)
  })

  test.each([0.2, -0.05, 0, 5])('label a series that is %s everywhere with different values around it', (value) => {
    const points = ['x', 'y', 'z'].map((label) => ({ label, value }))
    const svg = stepChart({ ...chart, format: (each) => each.toFixed(4), points })
    const labels = [...svg.matchAll(/class="axis" x="78"[^>]*>([^<]*)</g)].map(([, label]) => Number(label))
    expect(new Set(labels).size).toBe(labels.length)
    expect(labels.length).toBeGreaterThanOrEqual(3)
    expect(Math.min(...labels)).toBeLessThan(value)
    expect(Math.max(...labels)).toBeGreaterThan(value)
  })

  test('never write the same label beside two lines', () => {
    const points = [{ label: 'x', value: 0.01 }]
    const svg = barChart({ ...chart, points })
    const labels = [...svg.matchAll(/class="axis" x="78"[^>]*>([^<]*)</g)].map(([, label]) => label)
    expect(new Set(labels).size).toBe(labels.length)
  })

  test('say that points of a long span are means, and between what', () => {
    const points = Array.from({ length: 480 }, (_, place) => ({ label: String(place), value: place % 2 === 0 ? 1 : 3 }))
    const svg = stepChart({ ...chart, points })
    expect(svg).toContain('<title>0 to 1: 2.0 on average, 1.0 to 3.0</title>')
    expect(svg).toContain('kWh; means of 2 each')
    expect(svg.match(/class="band"/g)).toHaveLength(240)
  })

  test('escape what they are given', () => {
    expect(barChart({ ...chart, points: [{ label: '<b>', value: 1 }] })).toContain('<title>&lt;b&gt;: 1.0</title>')
  })

  test('thin out what cannot be told apart', () => {
    const points = Array.from({ length: 3_000 }, (_, place) => ({ label: String(place), value: 1 }))
    expect(barChart({ ...chart, points }).match(/class="bar"/g)!.length).toBeLessThanOrEqual(240)
  })

  test('name every series in a legend', () => {
    const svg = groupedChart({
      ...chart,
      labels: ['day'],
      series: [
        { name: 'energy', values: [1] },
        { name: 'fee', values: [-1] },
      ],
    })
    expect(svg).toContain('energy</li>')
    expect(svg.match(/class="series-\d"/g)).toHaveLength(2)
  })
})
