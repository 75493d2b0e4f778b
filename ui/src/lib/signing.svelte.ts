// Opening the signing window from a screen, and what to say when it does not open. Signs nothing.
import { problemOf, shell, type Problem } from "./backend";
import type { SigningRequest } from "../generated/requests";

/** Opens the signing window; it shows what the engine computes for this request. Rejects with a `Problem`. */
export async function openSigning(request: SigningRequest): Promise<void> {
  await shell("signing_open", { request });
}

export class SigningLauncher {
  problem = $state.raw<Problem | undefined>(undefined);

  open = async (request: SigningRequest): Promise<void> => {
    this.problem = undefined;
    try {
      await openSigning(request);
    } catch (error) {
      this.problem = problemOf(error);
    }
  };
}
