import type { Sink } from '../core/ports.js'
import type { Output } from './output.js'
import { number } from './text.js'

/** Shows a run's events on the one progress line; notices become notes. */
export function progressSink(out: Output): Sink {
  let total = 0
  let done = 0
  return {
    async emit(event) {
      switch (event.type) {
        case 'planned':
          total = event.plan.stages.flat().length
          done = 0
          await out.debug(
            `plan ${event.plan.id}: ${event.plan.command}, ${number(total)} steps on ${event.plan.target}`,
          )
          return
        case 'progress':
          out.progress.show(
            event.total === undefined
              ? `${event.what} ${number(event.done)}`
              : `${event.what} ${number(event.done)} of ${number(event.total)}`,
          )
          return
        case 'step':
          if (event.state !== 'begun') done++
          await out.debug(`${event.plan} step ${event.index}: ${event.step.op} ${event.state}`)
          if (done < total) out.progress.show(`writing ${number(done)} of ${number(total)}`)
          else out.progress.stop()
          return
        case 'retry':
          out.progress.show(`${event.what}: trying again (${event.attempt})`)
          await out.debug(`${event.what}: try ${event.attempt} follows in ${event.inMs} ms`)
          return
        case 'notice':
          await out.note(event.hint === undefined ? event.text : `${event.text}\n  ${event.hint}`)
      }
    },
  }
}
