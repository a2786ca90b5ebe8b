import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSignInLink } from '../../scripts/sign-in-link.ts'
import { accessibilityViolations, addAuthenticator, fitsItsWidth, launchBrowser, openPage } from './browser-page.ts'
import { startNeighbourhood, type StartedNeighbourhood } from './started-neighbourhood.ts'

/** A person walks the three screens while the neighbourhood trades. */

const SIZES = [
  { name: 'desktop, in daylight colours', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'phone, in the dark', width: 390, height: 844, colorScheme: 'dark' },
] as const

let neighbourhood: StartedNeighbourhood
let browser: Browser

beforeAll(async () => {
  neighbourhood = await startNeighbourhood()
  browser = await launchBrowser()
  await untilMetered(3)
})
afterAll(async () => {
  await browser?.close()
  await neighbourhood?.interrupt()
  neighbourhood?.remove()
})

type Period = { period: number; sessionState: string; reading: unknown }

async function fetchJson<T>(address: string): Promise<T> {
  return (await (await fetch(neighbourhood.url + address)).json()) as T
}

async function untilMetered(count: number): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const metered = [...neighbourhood.output().matchAll(/UTC metered/g)].length
    if (metered >= count) return
    if (Date.now() > deadline) throw new Error(`only ${metered} periods metered:\n${neighbourhood.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The page of somebody who is signed in as the home. */
async function signInAs(page: Page, home: string): Promise<void> {
  const { url, folder } = neighbourhood
  await page.goto(await makeSignInLink({ apiUrl: url, dataFolder: folder }, { home }))
  await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
  expect(page.url()).toBe(`${url}/account`)
}

describe.each(SIZES)('on a $name', (size) => {
  test('the neighbourhood shows who produces and who buys, and goes on by itself', async () => {
    const { page, complaints } = await openPage(browser, size, neighbourhood.url)
    await page.goto(neighbourhood.url)
    await page.getByRole('heading', { level: 1, name: 'The neighbourhood now' }).waitFor()
    const { households } = await fetchJson<{ households: { name: string }[] }>('/api/neighbourhood')
    expect(households).toHaveLength(12)
    for (const { name } of households) await page.getByRole('link', { name, exact: true }).first().waitFor()
    expect(await page.getByText('Alder 1').count()).toBe(0)
    await page.getByRole('timer').waitFor()
    await page.getByText(/stayed among neighbours/).waitFor()

    const freshness = page.getByRole('group', { name: 'How fresh the data is' })
    const before = await freshness.textContent()
    await expect.poll(() => freshness.textContent(), { timeout: 15_000 }).not.toBe(before)
    expect(await accessibilityViolations(page)).toEqual([])
    expect(await fitsItsWidth(page)).toBe(true)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('a household shows its quarter-hours, and one opens from the order to the payment, proved in the browser', async () => {
    const { page, complaints } = await openPage(browser, size, neighbourhood.url)
    await signInAs(page, 'Alder 1')
    await page.getByRole('link', { name: 'Homes' }).first().click()
    await page.getByRole('main').getByRole('link', { name: 'Alder 1' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'Alder 1' }).waitFor()
    const memberId = Number(new URL(page.url()).pathname.split('/')[2])
    const answer = await page.request.get(`${neighbourhood.url}/api/households/${memberId}/periods?limit=50`)
    const { items } = (await answer.json()) as { items: Period[] }
    const metered = items.find(({ sessionState, reading }) => sessionState === 'metered' && reading !== null)!
    await page.getByRole('heading', { name: 'Its quarter-hours' }).waitFor()
    await page.getByRole('heading', { name: 'Its money' }).waitFor()
    await page
      .getByText(/saved against the tariff alone|against the tariff alone/)
      .first()
      .waitFor()
    expect(await accessibilityViolations(page)).toEqual([])

    await page.goto(`${neighbourhood.url}/households/${memberId}/periods/${metered.period}`)
    await page.getByRole('heading', { name: /From order to payment/ }).waitFor()
    await page.getByText('Your browser recomputed the ledger’s root from this reading').waitFor()
    const steps = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3 }) })
    // Behind the steps comes what became of the day that they belong to.
    expect((await steps.getByRole('heading', { level: 3 }).allTextContents()).slice(0, 6)).toEqual([
      'Key',
      'Order',
      'Clearing',
      'Reading',
      'Statement',
      'Payment',
    ])
    await page
      .getByRole('link', { name: /^Transaction 0x/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(new URL(page.url()).pathname).toMatch(/^\/ledger\/transactions\/0x[0-9a-f]{64}$/)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('the ledger tells what happened in the words of the trade, and finds a quarter-hour', async () => {
    const { page, complaints } = await openPage(browser, size, neighbourhood.url)
    await page.goto(`${neighbourhood.url}/ledger`)
    await page.getByRole('heading', { level: 1, name: 'The ledger' }).waitFor()
    await page
      .getByText(/cleared at/)
      .first()
      .waitFor()
    await page
      .getByText(/The readings of .* were committed/)
      .first()
      .waitFor()
    expect(await accessibilityViolations(page)).toEqual([])
    expect(await fitsItsWidth(page)).toBe(true)

    const { items } = await fetchJson<{ items: { period: number; state: string }[] }>('/api/sessions?limit=20')
    const { period } = items.find(({ state }) => state === 'metered')!
    await page.getByRole('searchbox', { name: 'Search the ledger' }).fill(String(period))
    await page.getByRole('button', { name: 'Search' }).click()
    await expect.poll(() => page.url(), { timeout: 15_000 }).toContain(String(period))
    expect(complaints).toEqual([])
    await page.close()
  })
})

describe.each(SIZES)('signing in on a $name', (size) => {
  test('a stranger is told how to see a home', async () => {
    const { page, complaints } = await openPage(browser, size, neighbourhood.url)
    await page.goto(`${neighbourhood.url}/households`)
    await page.getByText('You are not signed in').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
    await page.getByText('npx commonwatt sign-in').waitFor()
    expect(await accessibilityViolations(page)).toEqual([])
    expect(await fitsItsWidth(page)).toBe(true)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('a person sees its own home and no other, lets somebody read it, makes a key, and signs out', async () => {
    const { page, complaints } = await openPage(browser, size, neighbourhood.url)
    await signInAs(page, 'Birch 2')
    await page.getByRole('textbox', { name: /Who may read Birch 2/ }).fill(`0x${'7e'.repeat(20)}`)
    await page.getByRole('form', { name: 'A consent of Birch 2' }).getByLabel('statements').check()
    await page.getByRole('button', { name: 'Give this consent' }).click()
    await page.getByRole('button', { name: 'Take back' }).first().click()
    await page
      .getByText(/taken back/)
      .first()
      .waitFor()

    await page.getByRole('textbox', { name: 'Name of a new key' }).fill('heating')
    await page.getByRole('form', { name: 'A new api key' }).getByLabel('quarter-hours').check()
    await page.getByRole('button', { name: 'Make this key' }).click()
    const secret = await page.getByText(/^cw_/).textContent()
    const headers = { authorization: `Bearer ${secret}` }
    const me = (await (await fetch(`${neighbourhood.url}/api/me`, { headers })).json()) as {
      person: { households: { memberId: number; name: string }[] }
    }
    const { memberId, name } = me.person.households[0]!
    expect(name).toBe('Birch 2')
    const periods = `${neighbourhood.url}/api/households/${memberId}/periods`
    expect((await fetch(periods, { headers })).status).toBe(200)
    await page.getByRole('button', { name: 'Revoke heating' }).first().click()
    await expect.poll(async () => (await fetch(periods, { headers })).status, { timeout: 10_000 }).toBe(401)
    expect(await accessibilityViolations(page)).toEqual([])
    expect(await fitsItsWidth(page)).toBe(true)
    expect(complaints).toEqual([])

    await page.goto(`${neighbourhood.url}/households/${memberId + 1}`)
    await page.getByText('This household is not shown to you').waitFor()
    await page.goto(`${neighbourhood.url}/account`)
    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await page.getByRole('heading', { level: 1, name: 'The neighbourhood now' }).waitFor()
    await page.goto(`${neighbourhood.url}/households/${memberId}`)
    await page.getByText('You are not signed in').waitFor()
    await page.close()
  })

  test('a link works once, and shows the manager every home by its credential on the ledger', async () => {
    const { page } = await openPage(browser, size, neighbourhood.url)
    const { url, folder } = neighbourhood
    const link = await makeSignInLink({ apiUrl: url, dataFolder: folder }, 'manager')
    expect((await page.request.get(`${url}/api/households`)).status()).toBe(401)
    await page.goto(link)
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
    const shown = (await (await page.request.get(`${url}/api/households`)).json()) as { items: { name: string }[] }
    expect(shown.items.map(({ name }) => name)).toContain('Alder 1')
    const other = await openPage(browser, size, neighbourhood.url)
    await other.page.goto(link)
    await other.page.getByText('Used, expired or unknown').waitFor()
    await page.close()
    await other.page.close()
  })
})

describe('a passkey', () => {
  test('is made, signs in as the account of its key, and again after signing out', async () => {
    const { page } = await openPage(browser, SIZES[0], neighbourhood.url)
    const { session, authenticatorId } = await addAuthenticator(page)
    await page.goto(`${neighbourhood.url}/sign-in`)
    await page.getByRole('link', { name: 'call this page localhost' }).click()
    await page.getByRole('textbox', { name: 'Name of a new passkey' }).fill('Ada')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
    const localhost = new URL(page.url()).origin
    const accountOf = async () => {
      const answer = await page.request.get(`${localhost}/api/me`)
      return ((await answer.json()) as { person: { account: string; way: string } | null }).person
    }
    const person = await accountOf()
    expect(person).toMatchObject({ way: 'passkey' })
    expect(person!.account).toMatch(/^0x[0-9a-f]{40}$/)

    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await page.getByRole('heading', { level: 1, name: 'The neighbourhood now' }).waitFor()
    expect(await accountOf()).toBeNull()
    await page.goto(`${localhost}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
    expect(await accountOf()).toEqual({ ...person, expiresAt: expect.any(Number) as number })

    await page.getByRole('button', { name: 'Sign out', exact: true }).first().click()
    await page.getByRole('heading', { level: 1, name: 'The neighbourhood now' }).waitFor()
    await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await page.goto(`${localhost}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('That did not happen').waitFor()
    expect(await accountOf()).toBeNull()
    await page.close()
  })
})

test('the page for an address that does not exist says so', async () => {
  const { page } = await openPage(browser, SIZES[0], neighbourhood.url)
  await page.goto(`${neighbourhood.url}/nowhere`)
  await page.getByRole('heading', { level: 1, name: 'There is nothing here' }).waitFor()
  await page.close()
})

test('Ctrl-C stops everything cleanly', async () => {
  expect(await neighbourhood.interrupt()).toBe(0)
  expect(neighbourhood.output()).toMatch(/Stopping …\nStopped\.\n$/)
  await expect(fetch(`${neighbourhood.url}/health`)).rejects.toThrow()
})
