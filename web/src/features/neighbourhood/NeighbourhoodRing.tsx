import { useMemo } from 'react'
import { Link } from 'wouter'
import { householdAddress } from '../../lib/addresses.ts'
import { formatEnergy, formatPrice } from '../../lib/formats.ts'
import { homeSentence } from './home-words.ts'
import styles from './NeighbourhoodRing.module.css'
import type { Picture } from './picture.ts'
import { COMMONS_RADIUS, GRID_RADIUS, RING_SIZE, ringOf, type RingHome } from './ring.ts'

const VIEW_BOX = `0 0 ${RING_SIZE} ${RING_SIZE}`
const MIDDLE = RING_SIZE / 2
const LINES = { title: MIDDLE - 34, energy: MIDDLE + 14, price: MIDDLE + 50 }

/** Homes around what they share. Ribbons inwards are trades, ribbons outwards the grid; width is energy. */
export function NeighbourhoodRing({ picture }: { picture: Picture }) {
  const ring = useMemo(() => ringOf(picture.homes), [picture.homes])
  const sentences = useMemo(
    () => new Map(picture.homes.map((home) => [home.memberId, homeSentence(home)])),
    [picture.homes],
  )
  return (
    <svg className={styles.ring} viewBox={VIEW_BOX} role="group" aria-label="The homes and what flowed between them">
      <circle className={styles.gridCircle} cx={MIDDLE} cy={MIDDLE} r={GRID_RADIUS} />
      <circle className={styles.commons} cx={MIDDLE} cy={MIDDLE} r={COMMONS_RADIUS} />
      {ring.map((home) => (
        <Ribbons key={home.memberId} home={home} />
      ))}
      {ring.map((home) => (
        <Home key={home.memberId} home={home} sentence={sentences.get(home.memberId) ?? home.name} />
      ))}
      <g aria-hidden="true" className={styles.words}>
        <text x={MIDDLE} y={LINES.title} className={styles.small}>
          shared
        </text>
        <text x={MIDDLE} y={LINES.energy} className={styles.large}>
          {formatEnergy(picture.shared)}
          <tspan className={styles.unit}> kWh</tspan>
        </text>
        <text x={MIDDLE} y={LINES.price} className={styles.price}>
          {picture.price === null ? 'no trade' : `${formatPrice(picture.price)} /kWh`}
        </text>
      </g>
    </svg>
  )
}

function Ribbons({ home }: { home: RingHome }) {
  return (
    <g aria-hidden="true">
      {home.ribbons.map((ribbon) => (
        <g key={ribbon.kind} data-kind={ribbon.kind} className={styles.ribbon}>
          <path d={ribbon.path} strokeWidth={ribbon.width} className={styles.band} />
          {ribbon.hollow > 0 && <path d={ribbon.path} strokeWidth={ribbon.hollow} className={styles.hollow} />}
          {ribbon.flows && <path d={ribbon.path} className={styles.flow} />}
        </g>
      ))}
    </g>
  )
}

function Home({ home, sentence }: { home: RingHome; sentence: string }) {
  return (
    <Link href={householdAddress(home.memberId)} className={styles.home} data-state={home.state}>
      <title>{sentence}</title>
      {home.label === null ? (
        <circle cx={home.x} cy={home.y} r={home.size} strokeWidth={home.outlineWidth} />
      ) : (
        <>
          <path d={home.outline} strokeWidth={home.outlineWidth} />
          <text x={home.x} y={home.y} dy="0.52em" aria-hidden="true">
            {home.label}
          </text>
        </>
      )}
    </Link>
  )
}
