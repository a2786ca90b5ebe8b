import loadHighs from 'highs'
import { meritOrderOf, type MeritOrderFacts } from '../services/domain/flexibility/merit-order/merit-order.ts'
import type { FlexCandidate } from '../services/domain/flexibility/merit-order/candidate.ts'
import { activationFactor } from '../services/domain/flexibility/trading/activation-factor.ts'
import { parseEntityAddress } from '../services/domain/flexibility/trading/entity-address.ts'
import { flexPriceAtOrBelow } from '../services/domain/flexibility/trading/flex-price.ts'
import { deliveryPeriod, powerW, rate, signedW } from '../services/domain/units.ts'
import type { Figure } from './figure.ts'

const RUNS = 7
const OFFERS = 200
const ASSETS_OF_OFFER = 50
const PERIODS = 96
const FIRST_PERIOD = 1_979_424
const PEAK_NEED_W = 500_000
const CAP = 900_000

/**
 * One request for every quarter-hour of a day, answered by 200 offers of two options each, which pool 50 assets each: from
 * the assets' powers to the orders, in the median of some runs.
 */
export async function measureFlexibility(): Promise<Figure[]> {
  const next = randomNumbers(42)
  const assets = Array.from({ length: OFFERS * ASSETS_OF_OFFER }, () => madeAsset(next))
  const terms = Array.from({ length: OFFERS }, () => madeTerms(next))
  const times: number[] = []
  let facts = factsOf(assets, terms)
  let merit = meritOrderOf(facts)
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now()
    facts = factsOf(assets, terms)
    merit = meritOrderOf(facts)
    times.push(performance.now() - began)
  }
  const seconds = times.sort((one, other) => one - other)[Math.floor(RUNS / 2)]! / 1_000
  const linear = await secondsOfLinearProgram(facts)
  const percent = (Number(merit.gap) / Number(merit.cost)) * 100
  return [
    {
      name: 'flexibility.secondsToClear',
      value: Number(seconds.toFixed(3)),
      unit: 's',
      target: '<= 0.2',
      reference:
        `${assets.length} assets, ${OFFERS} offers of 2 options, ${PERIODS} periods, ${merit.chosen.length} orders; ` +
        `HiGHS solves the linear relaxation alone in ${linear.toFixed(3)} s`,
    },
    {
      name: 'flexibility.percentAboveLeastCost',
      value: Number(percent.toFixed(2)),
      unit: '%',
      target: null,
      reference: 'at most, as the merit order itself proves',
    },
  ]
}

/** Powers in W over an hour and a half around some quarter-hour. */
type Asset = { readonly start: number; readonly powers: readonly number[] }
type Terms = { readonly perKwh: number; readonly least: number; readonly effectPpm: number }

function madeAsset(next: () => number): Asset {
  const length = 2 + Math.floor(next() * 5)
  return { start: Math.floor(next() * 4), powers: Array.from({ length }, () => 300 + Math.floor(next() * 3_700)) }
}

function madeTerms(next: () => number): Terms {
  return {
    perKwh: 60_000 + Math.floor(next() * 400_000),
    least: 1 + Math.floor(next() * 100),
    effectPpm: 600_000 + Math.floor(next() * 400_000),
  }
}

function factsOf(assets: readonly Asset[], terms: readonly Terms[]): MeritOrderFacts {
  const periods = Array.from({ length: PERIODS }, (_, index) => ({
    period: deliveryPeriod(FIRST_PERIOD + index),
    disposition: 'requested' as const,
    minPower: signedW(-BigInt(Math.round(PEAK_NEED_W * (0.3 + 0.7 * Math.sin((Math.PI * index) / PERIODS))))),
    maxPower: signedW(0n),
  }))
  return {
    request: {
      id: 'request',
      congestionPoint: parseEntityAddress('ean.871234567890123456'),
      ...{ product: 'product', contract: null, revision: 1, expiresAt: 0, priceCap: rate(BigInt(CAP)), periods },
    },
    product: { direction: 'consume-less', minimumSize: powerW(1_000n) },
    candidates: terms.map((own, offer) =>
      candidateOf(offer, own, assets.slice(offer * ASSETS_OF_OFFER, (offer + 1) * ASSETS_OF_OFFER)),
    ),
    seed: `0x${'42'.repeat(32)}`,
  }
}

/** The pool's power at one time of the day, or two hours later. */
function candidateOf(offer: number, { perKwh, least, effectPpm }: Terms, assets: readonly Asset[]): FlexCandidate {
  const base = (offer * 37) % (PERIODS - 20)
  const options = [0, 8].map((shift, place) => {
    const pooled = new Map<number, number>()
    for (const { start, powers } of assets) {
      powers.forEach((power, index) => {
        const period = base + shift + start + index
        pooled.set(period, (pooled.get(period) ?? 0) + power)
      })
    }
    const powers = [...pooled].sort(([one], [other]) => one - other)
    const wattPeriods = powers.reduce((sum, [, power]) => sum + power, 0)
    return {
      reference: `${place}`,
      price: flexPriceAtOrBelow(BigInt(Math.floor((wattPeriods / 4_000) * perKwh))),
      minActivationFactor: activationFactor(least),
      periods: powers.map(([period, power]) => ({
        period: deliveryPeriod(FIRST_PERIOD + period),
        power: signedW(-BigInt(power)),
      })),
    }
  })
  return { kind: 'offer', id: `offer-${offer}`, effectPpm, options }
}

async function secondsOfLinearProgram({ request, candidates }: MeritOrderFacts): Promise<number> {
  // Its types describe the CommonJS build, in which the loader is a property of what is imported.
  const highs = await (loadHighs as unknown as typeof loadHighs.default)()
  const columns = candidates.flatMap(({ options, effectPpm }, offer) =>
    options.map(({ price, periods }, place) => ({
      ...{ name: `f${offer}_${place}`, offer, price: Number(price) / 1e6 },
      effects: new Map(periods.map(({ period, power }) => [period, (Number(-power) * effectPpm) / 1e9])),
    })),
  )
  const rows = request.periods.map(({ period, minPower }) => {
    const terms = columns.flatMap(({ name, effects }) =>
      effects.has(period) ? [`${effects.get(period)} ${name}`] : [],
    )
    return `${[...terms, `u${period}`].join(' + ')} >= ${Number(-minPower) / 1e3}`
  })
  const exclusive = candidates.map((_, offer) => {
    const own = columns.filter((column) => column.offer === offer)
    return `${own.map(({ name }) => name).join(' + ')} <= 1`
  })
  const unmet = request.periods.map(({ period }) => `${(10 * CAP) / 4e6} u${period}`)
  const costs = [...columns.map(({ name, price }) => `${price} ${name}`), ...unmet]
  const program = `Minimize\n o: ${costs.join(' + ')}\nSubject To\n ${[...rows, ...exclusive].join('\n ')}\nEnd\n`
  const began = performance.now()
  highs.solve(program, { output_flag: false })
  return (performance.now() - began) / 1_000
}

function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
