import type { Context } from 'koa'
import type { Refusal } from '../../base/values/refusal.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { OfficerSession } from '../../base/web/officer.ts'
import { languageOf } from '../../base/web/page.ts'
import { rolesWith } from '../../people/offices/index.ts'
import type { DeskRoom } from './desk-room.ts'
import type { DeskFrame } from './pages.ts'

/**
 * Shows a page of the desk, in the frame that says who he is, where, and until when.
 * @param page `refused`: what a form met, which `views/partials/problem.eta` tells, with its status
 */
export function showDesk(
  ctx: Context,
  context: DeskRoom,
  officer: OfficerSession,
  template: `desk/${string}`,
  page: object & { readonly refused?: Refusal | undefined },
): void {
  const desk = frameOf(ctx, context, officer)
  const { refused, ...more } = page
  const said = { ...more, desk, problem: refused?.code, values: refused?.values ?? {} }
  context.foundation.pages.show(ctx, template, said, refused)
}

function frameOf(
  ctx: Context,
  { foundation, live }: DeskRoom,
  { organisation, offices, idleAt, endsAt, sessionUid }: OfficerSession,
): DeskFrame {
  return {
    body: live.current().organisation(organisation)?.name[languageOf(ctx)] ?? organisation,
    roles: rolesWith(offices.map(({ acts }) => acts)),
    idleAt,
    endsAt,
    csrf: formToken(foundation.keys, sessionUid),
  }
}

/** Reads a form of a page of the desk: its token is of this session. @throws Refusal as `readForm` */
export function readDeskForm<T>(
  ctx: Context,
  { foundation }: DeskRoom,
  { sessionUid }: OfficerSession,
  shape: Parameters<typeof readForm<T>>[3],
): Promise<T> {
  return readForm(ctx, foundation.keys, sessionUid, shape)
}
