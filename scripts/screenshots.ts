import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { BROWSER_ARGUMENTS, findOrInstallBrowser } from './browser.ts'
import { makeSignInLink } from './sign-in-link.ts'

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1440, height: 900 }
/** What is below this is cut off: a picture in a README is looked at, not scrolled. */
const TALLEST = 1_600
const PATIENCE_MS = 20_000

type Shot = {
  readonly name: string
  readonly address: string
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colours: 'light' | 'dark'
}

type Options = {
  readonly url: string
  /** Of the pictures. */
  readonly folder: string
  /** Of the running system: with the keys of its homes. */
  readonly dataFolder: string
}

/** Photographs the three screens of the running system into a folder, and resolves to the files made. */
export async function takeScreenshots({ url, folder, dataFolder }: Options): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const browser = await chromium.launch({ executablePath: findOrInstallBrowser(console.log), args: BROWSER_ARGUMENTS })
  try {
    return await photograph(browser, { url, folder, dataFolder })
  } finally {
    await browser.close()
  }
}

async function photograph(browser: Browser, { url, folder, dataFolder }: Options): Promise<string[]> {
  const memberId = await readSubject(url)
  const link = await makeSignInLink({ apiUrl: url, dataFolder }, { home: String(memberId) })
  const { signedIn, period } = await signInAs(browser, { url, link, memberId })
  const household = `/households/${memberId}/periods/${period}`
  const shots: Shot[] = [
    ...(['light', 'dark'] as const).map((colours) => shotOf('neighbourhood', '/', DESKTOP, colours)),
    shotOf('neighbourhood', '/', PHONE, 'light'),
    shotOf('household', household, DESKTOP, 'light'),
    shotOf('household', household, PHONE, 'light'),
    shotOf('ledger', '/ledger', DESKTOP, 'light'),
    shotOf('ledger', '/ledger', PHONE, 'light'),
  ]

  const files: string[] = []
  for (const shot of shots) {
    const page = await browser.newPage({
      viewport: shot.viewport,
      colorScheme: shot.colours,
      reducedMotion: 'reduce',
      storageState: signedIn,
    })
    await page.goto(url + shot.address)
    await untilDrawn(page)
    const file = path.join(folder, shot.name)
    await page.screenshot({ path: file, fullPage: true, clip: await clipOf(page, shot.viewport.width) })
    await page.close()
    files.push(file)
  }
  return files
}

type Followed = { readonly url: string; readonly link: string; readonly memberId: number }

/** The cookie of whoever follows the link of the home, and the latest quarter-hour in which that traded. */
async function signInAs(browser: Browser, { url, link, memberId }: Followed) {
  const page = await browser.newPage()
  await page.goto(link)
  await page.waitForURL('**/account', { timeout: PATIENCE_MS })
  const answer = await page.request.get(`${url}/api/households/${memberId}/periods?limit=96`)
  const { items } = (await answer.json()) as { items: Period[] }
  const signedIn = await page.context().storageState()
  await page.close()
  const metered = items.filter(({ reading }) => reading !== null)
  const traded = metered.find(({ fills }) => fills.length > 0) ?? metered[0]
  if (traded === undefined) throw new Error('nothing is metered yet: try again later')
  return { signedIn, period: traded.period }
}

function shotOf(screen: string, address: string, viewport: Shot['viewport'], colours: Shot['colours']): Shot {
  const suffix = `${viewport === PHONE ? '-phone' : ''}${colours === 'dark' ? '-dark' : ''}`
  return { name: `${screen}${suffix}.png`, address, viewport, colours }
}

type Neighbourhood = { readonly households: readonly { readonly memberId: number }[] }

type Period = {
  readonly period: number
  readonly reading: unknown
  readonly fills: readonly unknown[]
}

/** A household. */
async function readSubject(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/neighbourhood`)
  if (!answer.ok) throw new Error(`${url} answers with status ${answer.status}: is the system running?`)
  const [first] = ((await answer.json()) as Neighbourhood).households
  if (first === undefined) throw new Error('there is no home yet')
  return first.memberId
}

/** Until nothing is loading any more and the charts are drawn. */
async function untilDrawn(page: Page): Promise<void> {
  await page.locator('h1').waitFor({ timeout: PATIENCE_MS })
  await page.waitForFunction(() => document.querySelector('main [role=status][aria-label^=Loading]') === null, null, {
    timeout: PATIENCE_MS,
  })
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.waitForTimeout(500)
}

async function clipOf(page: Page, width: number): Promise<{ x: number; y: number; width: number; height: number }> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  return { x: 0, y: 0, width, height: Math.min(height, TALLEST) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.argv[2] ?? 'http://127.0.0.1:8420'
  const folder = fileURLToPath(new URL('../docs/images', import.meta.url))
  const dataFolder = process.argv[3] ?? fileURLToPath(new URL('../.commonwatt', import.meta.url))
  for (const file of await takeScreenshots({ url: url.replace(/\/$/, ''), folder, dataFolder })) console.log(file)
}
