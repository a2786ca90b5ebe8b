import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { LiveProvider } from '../lib/LiveProvider.tsx'
import { problemBehind, saysRefused, saysUnknown } from '../lib/problem.ts'
import { applyTheme, readTheme } from '../lib/theme.ts'
import '../ui/theme.css'
import { App } from './App.tsx'

/** Once more, unless there is no such thing or it is not shown: that does not change by asking. */
function isWorthRetrying(failures: number, error: Error): boolean {
  const problem = problemBehind(error)
  return failures < 1 && !saysUnknown(problem) && !saysRefused(problem)
}

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry: isWorthRetrying, refetchOnWindowFocus: true, networkMode: 'always' },
  },
})

applyTheme(readTheme())

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <LiveProvider>
        <App />
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
)
