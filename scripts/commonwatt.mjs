#!/usr/bin/env node
// Starts any command of the project on a machine that has only Node 18 or newer: goes over to Node 24 where the running
// one is too old, installs what the lock file names where that has not been done, and hands over. No dependencies.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const modules = path.join(root, 'node_modules')
const stamp = path.join(modules, '.commonwatt-lock')
const windows = process.platform === 'win32'
const NODE = 'node@24'

function isNodeNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

/** Runs a command to its end, handing on signals; resolves to its exit code. */
function run(command, commandArguments, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
      shell: windows && !command.endsWith('.exe'),
    })
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1))
    })
  })
}

function installedNode() {
  const file = path.join(modules, 'node', 'bin', windows ? 'node.exe' : 'node')
  return existsSync(file) ? file : undefined
}

async function continueUnderNode24() {
  const script = fileURLToPath(import.meta.url)
  const installed = isInstalled() ? installedNode() : undefined
  if (installed !== undefined) return run(installed, [script, ...process.argv.slice(2)])
  if (process.env.COMMONWATT_UNDER_NODE24 !== undefined) {
    console.error(
      `Node ${process.versions.node} is too old and Node 24 could not be started from the npm package ${NODE}.`,
    )
    return 1
  }
  console.error(`Node ${process.versions.node} is older than 22.18; going over to Node 24 (npm package ${NODE}).`)
  return run('npx', ['--yes', '--package', NODE, 'node', script, ...process.argv.slice(2)], {
    COMMONWATT_UNDER_NODE24: '1',
  })
}

function lockHash() {
  const lock = readFileSync(path.join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()
}

async function install() {
  const started = Date.now()
  console.error('Installing what package-lock.json names …')
  const npm = process.env.npm_execpath
  const commandArguments = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `--prefix=${root}`,
  ]
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...commandArguments])
    : // An npm of another Node would leave out what only Node 24 can use.
      await run('npm', commandArguments, {
        PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      })
  if (code !== 0) {
    console.error(`npm ci failed (${code}). Is the package registry reachable? Nothing was started.`)
    return code
  }
  writeFileSync(stamp, lockHash())
  console.error(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
  return 0
}

async function main() {
  if (!isNodeNewEnough(process.versions.node)) return continueUnderNode24()
  if (!isInstalled()) {
    const code = await install()
    if (code !== 0) return code
  }
  process.env.PATH = `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH}`
  // Each of the many processes compiles the same files: the first one keeps what it made of them.
  process.env.NODE_COMPILE_CACHE ??= path.join(root, 'cache', 'node')
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  const { runCommand } = await import(pathToFileURL(path.join(root, 'scripts', 'cli.ts')).href)
  return runCommand(process.argv.slice(2))
}

// Everything has been stopped by now; a library's forgotten timer shall not keep the terminal waiting.
process.exit(await main())
