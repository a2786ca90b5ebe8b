import { expect, test } from 'vitest'
import type { AbiValue } from '../abi.ts'
import { eventForTest } from './event-for-test.ts'
import { createFlexPledges } from './flex-pledges.ts'

const [AGGREGATOR, PORTFOLIO] = [8, 1]
const place = { block: 7 }

function makePledges() {
  let pledged = 0n
  const pledges = createFlexPledges({ pledgedOf: () => pledged })
  const see = (name: string, values: Record<string, AbiValue>) => pledges.see(eventForTest('flexOrders', name, values))
  see('PortfolioOpened', { portfolioId: PORTFOLIO, aggregator: AGGREGATOR })
  return {
    see,
    order: (orderId: number, pledge: bigint) => see('FlexOrdered', { orderId, portfolioId: PORTFOLIO, pledge }),
    hold: (amount: bigint) => {
      pledged = amount
      pledges.see(eventForTest('accounts', 'Pledged', { memberId: AGGREGATOR, pledged: amount }))
    },
    end: () => pledges.endTransaction(place),
  }
}

test('what an account holds is what its orders pledge and have not released', () => {
  const { see, order, hold, end } = makePledges()
  order(1, 30n)
  order(2, 12n)
  hold(42n)
  end()
  see('PledgeReleased', { orderId: 1, pledge: 30n })
  hold(12n)
  end()
})

test('an account that holds less, or more than its orders pledge, is found', () => {
  const { order, hold, end } = makePledges()
  order(1, 30n)
  expect(end).toThrow('what its account holds for its flex orders is 0, and should be 30')
  const other = makePledges()
  other.hold(1n)
  expect(other.end).toThrow('is 1, and should be 0')
  hold(30n)
  end()
})

test('no order releases twice, or what it did not pledge', () => {
  const { see, order, hold } = makePledges()
  order(1, 30n)
  hold(30n)
  expect(() => see('PledgeReleased', { orderId: 1, pledge: 29n })).toThrow('the pledge released is 29')
  see('PledgeReleased', { orderId: 1, pledge: 30n })
  expect(() => see('PledgeReleased', { orderId: 1, pledge: 30n })).toThrow('the pledge released is 30')
})
