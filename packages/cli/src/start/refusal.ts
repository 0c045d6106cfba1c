/** The pipeline cannot be started, for a reason that the user can do something about. The message is all they see. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
