import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, problemBehind, type Problem } from './problem.ts'

/** Something that a person does and that can be refused. */
export type Change = {
  readonly isUnderWay: boolean
  /** Why the last one was refused; null where it was not. */
  readonly problem: Problem | null
  /** Runs it, then fetches again what the keys name; everything, from nothing, where none are given. */
  readonly run: (act: () => Promise<void>, keys?: readonly (readonly unknown[])[]) => Promise<boolean>
}

/** Resolves to whether it was done. What a person gave up, such as a wallet's question, is a problem as well. */
export function useChange(): Change {
  const queries = useQueryClient()
  const [isUnderWay, setIsUnderWay] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const run: Change['run'] = async (act, keys) => {
    setIsUnderWay(true)
    setProblem(null)
    try {
      await act()
      if (keys === undefined) await queries.resetQueries()
      else await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })))
      return true
    } catch (error) {
      setProblem(error instanceof ApiError ? problemBehind(error) : givenUp(error))
      return false
    } finally {
      setIsUnderWay(false)
    }
  }
  return { isUnderWay, problem, run }
}

function givenUp(error: unknown): Problem {
  const { message } = error as { message?: unknown }
  const detail = typeof message === 'string' ? message.slice(0, 200) : 'It was given up, or the device does not do it.'
  return { code: 'given-up', title: 'That did not happen', detail }
}
