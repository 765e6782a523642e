/** The parameters of every part of the bench. */
import type { Place } from '../harness/place.ts'
import type { Found } from '../report/results.ts'

export type Tools = { readonly wrk: string; readonly pgbench: string; readonly place: Place }
export type Measure = (tools: Tools) => Promise<Found>
