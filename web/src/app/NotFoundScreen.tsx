import { Link } from 'wouter'
import { PATHS } from '../lib/addresses.ts'
import { ScreenHead } from '../ui/ScreenHead.tsx'

/** For an address that leads nowhere. */
export function NotFoundScreen() {
  return (
    <ScreenHead
      windowTitle="Nothing here"
      title="There is nothing here"
      lead={
        <>
          The address may be mistyped. Go to <Link href={PATHS.neighbourhood}>the neighbourhood</Link>, to{' '}
          <Link href={PATHS.households}>its homes</Link> or to <Link href={PATHS.ledger}>the ledger</Link>.
        </>
      }
    />
  )
}
