import { ago } from '../text.js'

/** As the records of this machine tell it. */
export interface DrillView {
  readonly good?: {
    readonly at: Date
    readonly file: string
    readonly source: string
    readonly counter: number
    readonly madeAt: Date
    readonly secrets: number
    readonly versions: number
  }
  readonly failed?: { readonly at: Date; readonly file: string; readonly code: string }
}

/** When the last drill ended well, and that one failed after it; empty where there was never one. */
export function renderDrills({ good, failed }: DrillView, now: Date): string {
  const lines = [
    good === undefined ? [] : [`last verified drill ${ago(good.at, now)}: ${good.file}, every value came back`],
    failed === undefined ? [] : [`a drill failed ${ago(failed.at, now)}: ${failed.file} (${failed.code})`],
  ]
  return lines.flat().join('\n')
}

export function drillsJson({ good, failed }: DrillView): object {
  return {
    last:
      good === undefined
        ? null
        : {
            at: good.at.toISOString(),
            file: good.file,
            source: good.source,
            counter: good.counter,
            madeAt: good.madeAt.toISOString(),
            secrets: good.secrets,
            versions: good.versions,
          },
    failed: failed === undefined ? null : { at: failed.at.toISOString(), file: failed.file, code: failed.code },
  }
}
