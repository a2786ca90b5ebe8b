import { Link } from 'wouter'
import { PATHS } from '../lib/addresses.ts'

/** For an address that leads nowhere. */
export function NotFoundScreen() {
  return (
    <div>
      <h1>There is nothing here</h1>
      <p className="soft">
        The address may be mistyped. Go to <Link href={PATHS.neighbourhood}>the neighbourhood</Link>, to{' '}
        <Link href={PATHS.households}>its homes</Link> or to <Link href={PATHS.ledger}>the ledger</Link>.
      </p>
    </div>
  )
}
