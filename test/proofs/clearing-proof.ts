import { parentPort, workerData } from 'node:worker_threads'
import { compile, readSource, type CompilerMessage } from './solidity-compiler.ts'

const LIBRARY = 'contracts/market/Clearing.sol'
const TRANSLATION = 'test/proofs/ClearingUnderProof.sol'

/** Contracts of assertions, each in a file of its name. Shares are arbitrary in all of them but ShareProof. */
export const PROOFS = ['BeginProof', 'BidProof', 'OfferProof', 'AcceptanceProof', 'PriceProof', 'ShareProof'] as const
export type ProofName = (typeof PROOFS)[number]

/** What the checker says of an assertion: proved for all inputs, or not (violated, or beyond it). */
export type Verdict = { readonly assertion: string; readonly isProved: boolean }

/** A library in which one piece of text was put for another, to see that a broken rule is not proved. */
export type Change = { readonly from: string; readonly to: string }
export type Task = { readonly proof: ProofName; readonly change: Change | null }

type Step = [from: string | RegExp, to: string]
const CONTRACT = `abstract contract ClearingUnderProof {
    Tally internal tally;
    bool internal refused;
    bool internal hasLost;
    uint256 internal share;

    struct Claim {
        int256 price;
        uint256 bidsAtOrAbove;
        uint256 bidsAbove;
        uint256 offersAtOrBelow;
        uint256 offersBelow;
    }

    function _asInt24(int256 value) internal returns (int256) {
        if (value < type(int24).min || value > type(int24).max) hasLost = true;
        return value;
    }

    function _asUint64(uint256 value) internal returns (uint256) {
        if (value > type(uint64).max) hasLost = true;
        return value;
    }

    function _saturatingSub(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }
`

/**
 * The library as a contract that the checker understands. What it does not model is put differently, statement for
 * statement: what a function writes into a struct that it was given in memory (tally and claim are state variables), a
 * revert with a custom error (a flag, after which the rest of the function runs without consequence), a cast that
 * narrows (fields are wide, and a flag says whether a cast would have lost something), and inline assembly (in
 * OpenZeppelin's saturatingSub).
 */
export function translate(library: string, shares: 'exact' | 'arbitrary'): string {
  const steps: readonly Step[] = [
    ['library Clearing {', CONTRACT],
    [/import \{Math\}[^\n]*\n/, ''],
    [/"\.\.\/types\//g, '"../../contracts/types/'],
    [/"\.\/ICallAuction/g, '"../../contracts/market/ICallAuction'],
    [/\bMath\.saturatingSub\(/g, '_saturatingSub('],
    [/ returns \(Tally memory tally\) \{/g, ' {\n        delete tally;'],
    [/\bTally memory tally(,\s*)?/g, ''],
    [/\(tally\)/g, '()'],
    [/revert ICallAuction\.\w+\([^;]*\);/g, 'refused = true;'],
    [/\bICallAuction\.ClearingClaim memory claim\b/g, 'Claim storage claim'],
    [/\bICallAuction\.ClearingClaim\b/g, 'Claim'],
    [/returns \(uint64\)/g, 'returns (uint256)'],
    [/Price\.unwrap\((claim\.price)\)/g, '$1'],
    [/Price\.wrap\(int24\((tally\.price)\)\)/g, '_asInt24($1)'],
    [/\buint64\(([^()]*)\)/g, '_asUint64($1)'],
    [/\b(internal|private) pure/g, 'internal'],
    ...(shares === 'exact' ? [] : [[/return \(\(before[^;]*;/, 'return share;'] satisfies Step]),
  ]
  return steps.reduce(replaceSome, library)
}

/** The checker's verdict on every assertion of a proof, for the library as it is or changed. Takes up to a minute. */
export function verdictsOf({ proof, change }: Task): Verdict[] {
  const library = change === null ? readSource(LIBRARY) : replaceSome(readSource(LIBRARY), [change.from, change.to])
  const file = `test/proofs/${proof}.sol`
  const source = readSource(file)
  const translation = translate(library, proof === 'ShareProof' ? 'exact' : 'arbitrary')
  const { errors = [] } = compile(
    { [file]: source, [TRANSLATION]: translation },
    {
      modelChecker: {
        contracts: { [file]: [proof] },
        // All functions are free of loops, so that the bounded checker is complete. It decides products of two unknowns
        // that the unbounded one does not.
        engine: 'bmc',
        solvers: ['z3'],
        targets: ['assert'],
        showProvedSafe: true,
        showUnproved: true,
        showUnsupported: true,
      },
    },
  )
  return errors.flatMap((message) => verdictIn(message, source))
}

function verdictIn({ message, formattedMessage, sourceLocation }: CompilerMessage, source: string): Verdict[] {
  if (message.includes('not yet implement')) throw new Error(formattedMessage)
  if (!/^BMC: Assertion violation/.test(message)) return []
  const assertion = source.slice(sourceLocation!.start, sourceLocation!.end)
  return [{ assertion, isProved: message.startsWith('BMC: Assertion violation check is safe') }]
}

function replaceSome(source: string, [from, to]: Step): string {
  const replaced = source.replace(from, to)
  if (replaced === source) throw new Error(`the clearing library does not hold ${from}: mend its translation`)
  return replaced
}

if (parentPort !== null && workerData !== null) {
  const task = (workerData as { task?: Task }).task
  if (task !== undefined) parentPort.postMessage(verdictsOf(task))
}
