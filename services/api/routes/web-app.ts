import path from 'node:path'
import { static as serveFolder, Router } from 'express'
import { DomainError } from '../../domain/errors.ts'

const FOREVER_MS = 365 * 24 * 3_600 * 1_000

/** The built web app: files named by their content are kept forever by browsers, its page is asked for each time. */
export function webAppRoutes(folder: string): Router {
  const router = Router()

  router.use('/assets', serveFolder(path.join(folder, 'assets'), { index: false, immutable: true, maxAge: FOREVER_MS }))
  router.use(serveFolder(folder, { index: false, redirect: false, cacheControl: false }))

  router.get('/{*address}', (request, response, next) => {
    const isFile = path.posix.basename(request.path).includes('.')
    if (request.path.startsWith('/assets/') || isFile) {
      next()
      return
    }
    response.sendFile(
      'index.html',
      { root: folder, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } },
      (error) => {
        if (error === undefined) return
        const isMissing = (error as { status?: number }).status === 404
        next(isMissing ? new DomainError('web-app-not-built', 'there is no built web app to show') : error)
      },
    )
  })

  return router
}
