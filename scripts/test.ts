import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findOrInstallBrowser } from './browser.ts'
import { hashFiles } from './build/contracts.ts'
import { buildEverything } from './build.ts'
import { projectFolder } from './project-folder.ts'

type Counts = { passed: number; failed: number; skipped: number }
type Finished = { readonly code: number; readonly output: string }

/** Says of which sources everything was compiled at once. Cleaning removes it. */
const COMPILED_STAMP = path.join(projectFolder, 'cache', 'compiled-at-once')

const TEST_ARTIFACTS = path.join(projectFolder, 'artifacts', 'test')

/** Two files at once, since they wait for what they started more than they work; those with a browser one by one. */
const WITH_SERVICES: readonly (readonly string[])[] = [
  ['--project', 'integration', '--maxWorkers=2'],
  ['--project', 'e2e'],
]

const STATIC_CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['formatting', 'prettier', '--check', '--log-level=warn', '.'],
  ['lint and import rules', 'eslint', '--max-warnings=0', '.'],
  ['types', 'tsc', '-p', '.'],
  ['access table', 'node', 'scripts/build/access-table.ts', '--check'],
  ['Solidity lint', 'solhint', '--max-warnings=0', 'contracts/**/*.sol'],
]

/** `commonwatt test`: formatting, lint, types, Solidity tests with the gas snapshot, and all TypeScript tests. */
export async function test(commandArguments: readonly string[]): Promise<number> {
  const began = Date.now()
  const total: Counts = { passed: 0, failed: 0, skipped: 0 }
  const add = (counts: Counts) => {
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
  }
  if (process.env.COMMONWATT_SHARED === undefined) {
    console.log('COMMONWATT_SHARED is not set: the tests over recorded data will say that they are skipped.')
  }
  await buildEverything()
  const isWhole = commandArguments.length === 0
  // One after the other beside those that run services.
  const withoutServices = async () => {
    for (const tests of [solidityTests, staticChecks, () => typescriptTests(['--project', 'unit'])]) add(await tests())
  }
  const withServices = async () => {
    for (const tests of isWhole ? WITH_SERVICES : [commandArguments]) add(await typescriptTests(tests))
  }
  await Promise.all([withServices(), ...(isWhole ? [withoutServices()] : [])])
  console.log(`\nall tests took ${((Date.now() - began) / 1000).toFixed(0)} s`)
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
  return total.failed === 0 ? 0 : 1
}

/** `commonwatt check`: puts the formatting right, then does all that `test` does. */
export async function check(): Promise<number> {
  await run(['prettier', '--write', '--log-level=warn', '.'])
  return test([])
}

async function staticChecks(): Promise<Counts> {
  let passed = 0
  for (const [name, ...command] of STATIC_CHECKS) {
    const { code } = await run(command)
    console.log(`${code === 0 ? '✓' : '✗'} ${name}`)
    if (code === 0) passed += 1
  }
  return { passed, failed: STATIC_CHECKS.length - passed, skipped: 0 }
}

async function solidityTests(): Promise<Counts> {
  const sources = await hashFiles(['contracts/**/*.sol', 'test/**/*.sol'], ['hardhat.config.ts', 'package-lock.json'])
  const isCompiled = existsSync(COMPILED_STAMP) && (await readFile(COMPILED_STAMP, 'utf8')) === sources
  // What the compiler makes of a test depends on what it compiles along: all of it, or gas differs between clones.
  if (!isCompiled && existsSync(TEST_ARTIFACTS)) {
    await run(['hardhat', 'clean'])
    await run(['hardhat', 'build', '--no-tests', '--quiet'])
  }
  const { code, output } = await run(['hardhat', 'test', 'solidity', '--snapshot-check'], {}, () => undefined)
  console.log(output)
  const passed = Number(/(\d+) passing/.exec(output)?.[1] ?? 0)
  const failed = Number(/(\d+) failing/.exec(output)?.[1] ?? 0)
  if (passed + failed > 0) await writeFile(COMPILED_STAMP, sources)
  return { passed, failed: code === 0 && passed + failed > 0 ? failed : Math.max(failed, 1), skipped: 0 }
}

async function typescriptTests(commandArguments: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(path.join(tmpdir(), 'commonwatt-test-'))
  const file = path.join(folder, 'vitest.json')
  const browser = findOrInstallBrowser((line) => console.log(line))
  const { code } = await run(
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...commandArguments],
    {
      COMMONWATT_BROWSER: browser,
    },
  )
  try {
    const results = JSON.parse(await readFile(file, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
      numFailedTestSuites: number
      numPendingTests: number
    }
    const failed = Math.max(results.numFailedTests, code === 0 ? 0 : 1)
    return { passed: results.numPassedTests, failed, skipped: results.numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a tool of node_modules/.bin, showing what it prints at once where `show` does not say otherwise. */
function run(
  [tool, ...toolArguments]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  show: (chunk: Buffer) => void = (chunk) => void process.stdout.write(chunk),
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool!, toolArguments, {
      cwd: projectFolder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      show(chunk)
      output += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
