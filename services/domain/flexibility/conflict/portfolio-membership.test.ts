import { describe, expect, test } from 'vitest'
import { portfolioAt, requireJoinable, requireOwnAssets, type PortfolioMembership } from './portfolio-membership.ts'

const withCode = (code: string) => expect.objectContaining({ code }) as unknown
const membership = (overrides: Partial<PortfolioMembership> = {}): PortfolioMembership => ({
  ...{ asset: 'battery-1', service: 'congestion', portfolio: 'pool-7', from: 100, until: 200 },
  ...overrides,
})

describe('requireJoinable', () => {
  const others = [membership()]

  test('takes an asset before and after, for another service, and another asset', () => {
    for (const free of [
      { from: 0, until: 100 },
      { from: 200, until: null },
      { service: 'balancing' },
      { asset: 'battery-2' },
    ]) {
      expect(() => requireJoinable(membership({ portfolio: 'pool-8', ...free }), others)).not.toThrow()
    }
  })

  test.each([
    ['at its end', { from: 0, until: 101 }],
    ['at its start', { from: 199, until: null }],
    ['within', { from: 120, until: 130 }],
    ['around', { from: 0, until: null }],
  ])('refuses one that is in another portfolio: overlapping %s', (_, times) => {
    expect(() => requireJoinable(membership({ portfolio: 'pool-8', ...times }), others)).toThrow(
      withCode('flex-asset-in-other-portfolio'),
    )
  })

  test('refuses one that is in the same portfolio already, and one that has no end', () => {
    expect(() => requireJoinable(membership(), others)).toThrow(withCode('flex-asset-already-member'))
    expect(() =>
      requireJoinable(membership({ portfolio: 'pool-8', from: 900 }), [membership({ until: null })]),
    ).toThrow(withCode('flex-membership-invalid'))
    expect(() =>
      requireJoinable(membership({ portfolio: 'pool-8', from: 900, until: null }), [membership({ until: null })]),
    ).toThrow(withCode('flex-asset-in-other-portfolio'))
  })
})

describe('requireOwnAssets', () => {
  const memberships = [membership(), membership({ asset: 'battery-2', portfolio: 'pool-8', until: null })]
  const offered = (assets: string[], at: number) => () =>
    requireOwnAssets(memberships, { assets, service: 'congestion', portfolio: 'pool-7', at })

  test('takes an aggregator’s own assets while they are its own', () => {
    expect(offered(['battery-1'], 100)).not.toThrow()
    expect(offered([], 0)).not.toThrow()
    expect(offered(['battery-1'], 200)).toThrow(withCode('flex-asset-of-another'))
    expect(offered(['battery-1', 'battery-2'], 150)).toThrow(withCode('flex-asset-of-another'))
  })

  test('knows in which portfolio an asset is', () => {
    expect(portfolioAt(memberships, 'battery-1', 'congestion', 199)).toBe('pool-7')
    expect(portfolioAt(memberships, 'battery-1', 'congestion', 200)).toBeNull()
    expect(portfolioAt(memberships, 'battery-1', 'balancing', 150)).toBeNull()
  })
})
