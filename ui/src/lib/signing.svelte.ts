// Opening the signing window from a screen, and what to say when it does not open. Signs nothing.
import { openSigning, problemOf, type Problem } from "./backend";
import type { SigningRequest } from "../generated/requests";

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
