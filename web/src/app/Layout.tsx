import { useEffect, useRef, type ReactNode, type RefObject } from 'react'
import { Link, useLocation } from 'wouter'
import type { Role } from '../../../services/domain/identity/role.ts'
import { PATHS } from '../lib/addresses.ts'
import { timeZoneName } from '../lib/formats.ts'
import { useLive } from '../lib/LiveProvider.tsx'
import { useNeighbourhood } from '../lib/useNeighbourhood.ts'
import { useWho } from '../lib/useWho.ts'
import { Freshness } from '../ui/Freshness.tsx'
import styles from './Layout.module.css'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { ThemeSwitch } from './ThemeSwitch.tsx'
import { WhoLink } from './WhoLink.tsx'

type Screen = { readonly name: string; readonly address: string; readonly owns: (path: string) => boolean }

const NAVIGATION: readonly Screen[] = [
  { name: 'Neighbourhood', address: PATHS.neighbourhood, owns: (path: string) => path === '/' },
  { name: 'Homes', address: PATHS.households, owns: (path: string) => path.startsWith(PATHS.households) },
  { name: 'Ledger', address: PATHS.ledger, owns: (path: string) => path.startsWith(PATHS.ledger) },
]
/** For whoever lets homes in. */
const INVITATIONS: Screen = {
  name: 'Invitations',
  address: PATHS.invitations,
  owns: (path: string) => path === PATHS.invitations,
}

const COMMUNITY_MANAGER: Role = 'community-manager'

const ledgerTimeOf = ({ ledgerTime }: { ledgerTime: number }) => ledgerTime

/** Header, navigation and footer around every screen. */
export function Layout({ children }: { children: ReactNode }) {
  const [path] = useLocation()
  const main = useRef<HTMLElement>(null)
  useLedgerObservation()
  useNewScreen(path, main)
  const screens = useIsManager() ? [...NAVIGATION, INVITATIONS] : NAVIGATION

  return (
    <div className={styles.page}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link href={PATHS.neighbourhood} className={styles.brand}>
          <Mark />
          Commonwatt
        </Link>
        <nav className={styles.navigation} aria-label="Screens">
          {screens.map((item) => (
            <Link key={item.address} href={item.address} aria-current={item.owns(path) ? 'page' : undefined}>
              {item.name}
            </Link>
          ))}
        </nav>
        <div className={styles.aside}>
          <WhoLink />
          <Freshness />
        </div>
      </header>
      <ConnectionBanner />
      <main ref={main} id="content" tabIndex={-1} className={styles.main}>
        {children}
      </main>
      <footer className={styles.footer}>
        <p>
          Energy in kWh, prices in euro per kWh, times in <TimeZone />. Every figure here follows from the ledger.
        </p>
        <ThemeSwitch />
      </footer>
    </div>
  )
}

function TimeZone() {
  const { observations } = useLive()
  const latest = observations.at(-1)
  return <>{latest === undefined ? 'your time zone' : timeZoneName(latest.ledgerTime)}</>
}

function useIsManager(): boolean {
  const who = useWho()
  return who.status === 'ready' && (who.data.person?.roles ?? []).some(({ role }) => role === COMMUNITY_MANAGER)
}

/** Tells the ledger's clock of every block time that an answer carries. */
function useLedgerObservation(): void {
  const { observe } = useLive()
  const fetched = useNeighbourhood(ledgerTimeOf)
  const ledgerTime = fetched.status === 'ready' ? fetched.data : null
  const fetchedAt = fetched.status === 'ready' ? fetched.fetchedAt : 0
  useEffect(() => {
    if (ledgerTime !== null) observe(ledgerTime, fetchedAt)
    // Only a new block time is an observation; the same one fetched again is not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [ledgerTime, observe])
}

/** A new screen starts at its top and is read from its beginning. */
function useNewScreen(path: string, main: RefObject<HTMLElement | null>): void {
  const shown = useRef(path)
  useEffect(() => {
    if (screenOf(path) === screenOf(shown.current)) return
    shown.current = path
    window.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path, main])
}

/** A quarter-hour opened within a household's screen is not another screen. */
function screenOf(path: string): string {
  return path.replace(/\/periods\/\d+$/, '')
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" className={styles.mark}>
      <circle cx="16" cy="16" r="4.5" />
      <path d="M16 3v5.5M16 23.5V29M3 16h5.5M23.5 16H29M6.8 6.8l3.9 3.9M21.3 21.3l3.9 3.9M25.2 6.8l-3.9 3.9M10.7 21.3l-3.9 3.9" />
    </svg>
  )
}
