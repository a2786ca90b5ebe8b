import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { getBytes, Wallet } from 'ethers'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSpares } from '../../scripts/setup/spares.ts'
import { makeSignInLink } from '../../scripts/sign-in-link.ts'
import {
  accessibilityViolations,
  addAuthenticator,
  fitsItsWidth,
  launchBrowser,
  openPage,
  type OpenedPage,
} from './browser-page.ts'
import { startNeighbourhood, type StartedNeighbourhood } from './started-neighbourhood.ts'

/** A new home goes from its invitation to its first trade, and its person then decides for it, all in the browser. */

const DESKTOP = { width: 1280, height: 900, colorScheme: 'light' } as const
const PHONE = { width: 390, height: 844, colorScheme: 'dark' } as const
const NAME = 'Linden 4'
const CONSUMER = 'Rowan 5'
/** The agent's key counts from the next day on, which takes five minutes at this speed. */
const FIRST_TRADE_MS = 480_000
const LEDGER_MS = 60_000

type Spare = { readonly connectionPoint: string; readonly confirmationCode: string; readonly claimCode: string }
type Household = { tradingKey: string; delegation: { key: string } | null }

let neighbourhood: StartedNeighbourhood
/** Browsers make passkeys for names. */
let url: string
let browser: Browser
let spare: Spare
let home: OpenedPage
let authenticator: Awaited<ReturnType<typeof addAuthenticator>>
let link: string
let consumersLink: string
let unsureLink: string
let memberId: number

beforeAll(async () => {
  neighbourhood = await startNeighbourhood()
  url = neighbourhood.url.replace('127.0.0.1', 'localhost')
  browser = await launchBrowser()
  spare = await printedSpare()
})
afterAll(async () => {
  await browser?.close()
  await neighbourhood?.interrupt()
  neighbourhood?.remove()
})

/** What `npm start` tells whoever wants to join. */
async function printedSpare(): Promise<Spare> {
  for (let tries = 0; tries < 100; tries += 1) {
    const output = neighbourhood.output()
    const [, connectionPoint, confirmationCode] =
      /connection point (\S+), confirmation code (\S+), and/.exec(output) ?? []
    const [, claimCode] = /claim code (\S+)\./.exec(output) ?? []
    if (connectionPoint !== undefined && confirmationCode !== undefined && claimCode !== undefined) {
      return { connectionPoint, confirmationCode, claimCode }
    }
    await delay(100)
  }
  throw new Error(`nobody says how to join:\n${neighbourhood.output()}`)
}

async function readHousehold(page: Page): Promise<Household> {
  return (await (await page.request.get(`${url}/api/households/${memberId}`)).json()) as Household
}

type Membership = 'Prosumer' | 'Consumer'

async function invite(page: Page, name: string, membership: Membership = 'Prosumer'): Promise<string> {
  await page.getByRole('textbox', { name: 'Name of the home' }).fill(name)
  await page.getByRole('radio', { name: membership }).click()
  await page.getByRole('button', { name: 'Make an invitation' }).click()
  await page.getByText(`This is the link for ${name}`).waitFor()
  return (await page.getByText(/\/join#[\w-]{43}$/).textContent())!
}

/** Looks at the page at both widths. */
async function requireWellMade(page: Page): Promise<void> {
  for (const { width, height } of [DESKTOP, PHONE]) {
    await page.setViewportSize({ width, height })
    // A chart takes a moment to follow.
    await expect.poll(() => fitsItsWidth(page)).toBe(true)
    expect(await accessibilityViolations(page)).toEqual([])
  }
}

const step = (page: Page, title: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title }) })

describe('a new home', () => {
  test('is invited by the community manager, who takes another invitation back', async () => {
    const { page, complaints } = await openPage(browser, DESKTOP, url)
    await page.goto(await makeSignInLink({ apiUrl: url, dataFolder: neighbourhood.folder }, 'manager'))
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
    await page.getByRole('link', { name: 'Invitations' }).click()
    await page.getByRole('heading', { level: 1, name: 'Invitations' }).waitFor()
    link = await invite(page, NAME)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy the link' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
    consumersLink = await invite(page, CONSUMER, 'Consumer')
    unsureLink = await invite(page, 'Aspen 6')
    const withdrawn = await invite(page, 'Nobody 9')
    await page.getByRole('button', { name: 'Withdraw the one for Nobody 9' }).click()
    await page.getByRole('row', { name: /Nobody 9.*withdrawn/ }).waitFor()
    await requireWellMade(page)
    expect(complaints).toEqual([])
    await page.close()

    const stranger = await openPage(browser, PHONE, url)
    await addAuthenticator(stranger.page)
    await stranger.page.goto(withdrawn)
    await stranger.page.getByRole('textbox', { name: 'Name of your passkey' }).fill('Nobody')
    await stranger.page.getByRole('button', { name: 'Make a passkey' }).click()
    await stranger.page
      .getByRole('alert')
      .getByText(/withdrawn/i)
      .first()
      .waitFor()
    await stranger.page.close()
  })

  test('opens its link, makes a passkey, and is told what is wrong with a code', async () => {
    home = await openPage(browser, PHONE, url)
    const { page } = home
    authenticator = await addAuthenticator(page)
    await page.goto(link)
    await page.getByRole('heading', { name: 'Your passkey' }).waitFor()
    expect(page.url()).toBe(`${url}/join`)
    await page.reload()
    await page.getByRole('textbox', { name: 'Name of your passkey' }).fill('Ada')
    await requireWellMade(page)
    await page.keyboard.press('Enter')

    const connection = step(page, 'Your connection to the grid')
    await connection.getByRole('textbox', { name: 'Connection point' }).fill(spare.connectionPoint)
    await connection.getByRole('textbox', { name: 'Confirmation code' }).fill('0000-0000-0000-0000')
    await connection.getByRole('button', { name: 'Confirm the connection' }).click()
    await connection.getByRole('alert').waitFor()
    await requireWellMade(page)
    await connection.getByRole('textbox', { name: 'Confirmation code' }).fill(spare.confirmationCode.toLowerCase())
    await page.keyboard.press('Enter')
    await connection.getByText(spare.connectionPoint).waitFor()

    const meter = step(page, 'Your meter')
    await meter.getByRole('textbox', { name: 'Claim code' }).fill('0000-0000-0000-0000')
    await meter.getByRole('button', { name: 'Claim this meter' }).click()
    await meter.getByRole('alert').waitFor()
    await meter.getByRole('textbox', { name: 'Claim code' }).fill(spare.claimCode)
    await page.keyboard.press('Enter')
    await meter.getByText('It signs its readings with').waitFor()
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })

  test('comes back later, says its wishes, and signs them with its passkey', async () => {
    const { page } = home
    await page.goto(`${url}/join`)
    const wishes = step(page, 'Your wishes')
    await wishes.getByRole('textbox', { name: 'At most, in kWh per quarter-hour' }).fill('2,5')
    await requireWellMade(page)
    await wishes.getByRole('button', { name: 'These are my wishes' }).press('Enter')
    await wishes.getByText('2.500').waitFor()
    const signature = step(page, 'Your signature')
    await signature.getByRole('button', { name: 'Sign with your passkey' }).press('Space', { timeout: LEDGER_MS })
    await signature.getByText('trades for you within your wishes').waitFor({ timeout: LEDGER_MS })
    await requireWellMade(page)

    const me = (await (await page.request.get(`${url}/api/me`)).json()) as {
      person: { households: { memberId: number; name: string }[] }
    }
    expect(me.person.households.map(({ name }) => name)).toEqual([NAME])
    memberId = me.person.households[0]!.memberId
    const { delegation } = await readHousehold(page)
    expect(delegation).toMatchObject({ mayBid: true, mayOffer: true, quantityLimitWh: '2500' })
  })

  test('has a trading key that nothing can read out of its browser', async () => {
    const { page } = home
    const kept = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('commonwatt')
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(new Error('there is no database'))
      })
      const request = database.transaction('trading-keys').objectStore('trading-keys').getAll()
      return new Promise<{ address: string; isExtractable: boolean; bytes: number }[]>((resolve) => {
        request.onsuccess = () => {
          const keys = request.result as { address: string; seal: CryptoKey; sealed: ArrayBuffer }[]
          resolve(
            keys.map(({ address, seal, sealed }) => ({
              address,
              isExtractable: seal.extractable,
              bytes: sealed.byteLength,
            })),
          )
        }
      })
    })
    const { tradingKey } = await readHousehold(page)
    // 32 bytes, and 16 by which a change would be noticed.
    expect(kept).toEqual([{ address: tradingKey, isExtractable: false, bytes: 48 }])
  })

  test('takes its credentials along', async () => {
    const { page } = home
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download your credentials' }).click(),
    ])
    const { items } = JSON.parse(await readFile(await download.path(), 'utf8')) as { items: { role: string }[] }
    expect(items.map(({ role }) => role).sort()).toEqual(['connection-point', 'meter', 'prosumer'])
  })

  test('sees its first trade, by the ledger', async () => {
    const { page } = home
    const trade = step(page, 'Your first trade')
    await trade.getByText(new RegExp(`${NAME} (bought|sold)`)).waitFor({ timeout: FIRST_TRADE_MS })
    await requireWellMade(page)
    await trade.getByRole('link', { name: 'follow it from order to payment' }).click()
    await page.getByRole('heading', { name: /From order to payment/ }).waitFor()
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor()
  })
})

describe('whoever joined', () => {
  test('places an order that the browser’s own key signs, and gets a receipt', async () => {
    const { page } = home
    await page.goto(`${url}/households/${memberId}`)
    const form = page.getByRole('form', { name: 'A new order' })
    const quarterHours = form.getByRole('combobox', { name: 'Quarter-hour' })
    const period = await quarterHours.getByRole('option').nth(6).getAttribute('value')
    await quarterHours.selectOption(period)
    await form.getByRole('textbox', { name: 'Quantity in kWh' }).fill('0.1')
    await form.getByRole('textbox', { name: 'At most, in euro per kWh' }).fill('0.12345')
    await form.getByRole('button', { name: 'Sign and place this order' }).click()
    await form.getByRole('alert').getByText('to four decimals').waitFor()
    await form.getByRole('textbox', { name: 'At most, in euro per kWh' }).fill('0.1234')
    await form.getByRole('button', { name: 'Sign and place this order' }).click()
    await form.getByText(/The market operator’s receipt: number \d+ of the session/).waitFor()
    await requireWellMade(page)
  })

  test('takes its data along, and is told why it is too early to erase it', async () => {
    const { page } = home
    await page.goto(`${url}/account`)
    const data = page.getByRole('form', { name: `The data of ${NAME}` })
    const [xml] = await Promise.all([
      page.waitForEvent('download'),
      data.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(xml.suggestedFilename()).toBe(`household-${memberId}-green-button.xml`)
    expect(await readFile(await xml.path(), 'utf8')).toContain('<IntervalReading>')
    await data.getByRole('combobox', { name: 'What to take along' }).selectOption('household')
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      data.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(await readFile(await csv.path(), 'utf8')).toContain(NAME)

    await page.getByRole('button', { name: `Erase the data of ${NAME}` }).click()
    const erasure = page.getByRole('group', { name: `Erase the data of ${NAME}` })
    const erase = erasure.getByRole('button', { name: 'Erase it for good' })
    expect(await erase.isDisabled()).toBe(true)
    await erasure.getByRole('textbox', { name: /Type the home’s name/ }).fill(NAME)
    await erase.click()
    await erasure.getByRole('alert').waitFor()
    expect((await page.request.get(`${url}/api/households/${memberId}`)).status()).toBe(200)
    await requireWellMade(page)
  })

  test('takes trading back from its agent', async () => {
    const { page } = home
    expect((await readHousehold(page)).delegation).not.toBeNull()
    await page.getByRole('button', { name: 'Take trading back from the agent' }).click()
    await page.getByText('none trades for it').waitFor({ timeout: LEDGER_MS })
    expect((await readHousehold(page)).delegation).toBeNull()
  })

  test('lets its agent trade again, within other wishes', async () => {
    const { page } = home
    await page.getByRole('link', { name: 'Say your wishes and let an agent trade' }).click()
    const wishes = step(page, 'Your wishes')
    await wishes.getByRole('button', { name: 'Change your wishes' }).click()
    await wishes.getByRole('textbox', { name: 'At most, in kWh per quarter-hour' }).fill('1.5')
    await wishes.getByRole('button', { name: 'These are my wishes' }).click()
    await wishes.getByText('1.500').waitFor()
    await step(page, 'Your signature').getByRole('button', { name: 'Sign with your passkey' }).click()
    await page.getByText('trades for you within your wishes').waitFor({ timeout: LEDGER_MS })
    expect((await readHousehold(page)).delegation).toMatchObject({ quantityLimitWh: '1500' })
  })

  test('gives a new browser a trading key, which takes the place of the first one', async () => {
    const { credentials } = await authenticator.session.send('WebAuthn.getCredentials', {
      authenticatorId: authenticator.authenticatorId,
    })
    const { tradingKey: former } = await readHousehold(home.page)
    const { page } = await openPage(browser, DESKTOP, url)
    const { session, authenticatorId } = await addAuthenticator(page)
    await session.send('WebAuthn.addCredential', { authenticatorId, credential: credentials[0]! })
    await page.goto(`${url}/sign-in`)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('not in this browser').waitFor()
    await page.getByRole('button', { name: 'Give this browser a trading key' }).click()
    await page.getByText(/, in this browser/).waitFor({ timeout: LEDGER_MS })
    const { tradingKey } = await readHousehold(page)
    expect(tradingKey).not.toBe(former)
    await requireWellMade(page)
    await page.close()

    await home.page.goto(`${url}/households/${memberId}`)
    await home.page.getByText('is not in this browser').waitFor()
    // A browser says so by itself whenever the api refuses something.
    const defects = home.complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))
    expect(defects).toEqual([])
  })

  test('keeps its invitation: nobody uses it again', async () => {
    const { page } = await openPage(browser, DESKTOP, url)
    await addAuthenticator(page)
    await page.goto(link)
    await page.getByRole('textbox', { name: 'Name of your passkey' }).fill('Mallory')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByRole('alert').getByText(/used/i).first().waitFor()
    await page.getByRole('button', { name: 'Use another invitation' }).click()
    await page.getByRole('textbox', { name: 'Link of your invitation' }).waitFor()
    await page.close()
  })
})

/** A browser's wallet, whose key is here; what it sends goes to the ledger by the api. */
async function addWallet(page: Page): Promise<void> {
  const wallet = new Wallet(`0x${'5a'.repeat(32)}`)
  const { chainId } = (await (await fetch(`${neighbourhood.url}/api/ledger`)).json()) as { chainId: number }
  const send = async (call: { to: string; data: string }): Promise<string> => {
    const fees = { type: 2, maxFeePerGas: 0, maxPriorityFeePerGas: 0, gasLimit: 1_000_000 }
    const rawTransaction = await wallet.signTransaction({ to: call.to, data: call.data, chainId, nonce: 0, ...fees })
    const answer = await fetch(`${neighbourhood.url}/api/ledger/transactions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rawTransaction }),
    })
    return ((await answer.json()) as { hash: string }).hash
  }
  await page.exposeFunction('askWallet', async ({ method, params = [] }: { method: string; params?: unknown[] }) => {
    if (method === 'eth_requestAccounts') return [wallet.address]
    if (method === 'personal_sign') return wallet.signMessage(getBytes(params[0] as string))
    return send(params[0] as { to: string; data: string })
  })
  await page.addInitScript(() => {
    const { askWallet } = globalThis as unknown as { askWallet: (call: unknown) => Promise<unknown> }
    Object.assign(globalThis, { ethereum: { request: askWallet } })
  })
}

test('whoever changes its mind gives its joining up, and is forgotten', async () => {
  const { page } = await openPage(browser, PHONE, url)
  await addAuthenticator(page)
  await page.goto(unsureLink)
  await page.getByRole('textbox', { name: 'Name of your passkey' }).fill('Grace')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Give this joining up' }).click()
  await requireWellMade(page)
  await page.getByRole('button', { name: 'Give it up for good' }).click()
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor()
  await page.getByRole('heading', { name: 'Your passkey' }).waitFor()
  await page.close()
})

describe('a consumer with a wallet', () => {
  test('joins too, names no price to sell from, and sends the delegation with its wallet', async () => {
    const [, second] = await readSpares(neighbourhood.folder)
    const { page } = await openPage(browser, DESKTOP, url)
    await addWallet(page)
    await page.goto(consumersLink)
    await page.getByRole('main').getByRole('link', { name: 'sign in' }).click()
    await page.getByRole('button', { name: 'Sign in with a wallet' }).click()
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
    await page.getByRole('link', { name: 'join the neighbourhood' }).click()
    await page.getByRole('button', { name: 'Join with this account' }).click()
    await page.getByRole('textbox', { name: 'Connection point' }).fill(second!.connectionPoint)
    await page.getByRole('textbox', { name: 'Confirmation code' }).fill(second!.confirmationCode)
    await page.getByRole('button', { name: 'Confirm the connection' }).click()
    await page.getByRole('textbox', { name: 'Claim code' }).fill(second!.claimCode)
    await page.getByRole('button', { name: 'Claim this meter' }).click()
    await page.getByRole('textbox', { name: 'Buy up to, in euro per kWh' }).fill('0.3')
    expect(await page.getByRole('textbox', { name: 'Sell from, in euro per kWh' }).count()).toBe(0)
    await page.getByRole('button', { name: 'These are my wishes' }).click()
    await page.getByRole('button', { name: 'Sign with your wallet' }).click({ timeout: LEDGER_MS })
    await page.getByText('trades for you within your wishes').waitFor({ timeout: LEDGER_MS })
    await page.close()
  })
})
