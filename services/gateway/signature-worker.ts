import { parentPort, workerData } from 'node:worker_threads'
import { recoverReadingSigners } from '../chain/reading-signers.ts'
import type { SigningDomain } from '../chain/typed-data.ts'

/** A thread that answers encoded readings with their signers, batch by batch, in the order in which they come. */
const domain = workerData as SigningDomain
parentPort?.on('message', (readings: Uint8Array) => {
  const signers = recoverReadingSigners(domain, readings)
  parentPort?.postMessage(signers, [signers.buffer])
})
