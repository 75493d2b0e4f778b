// What the screen that is shown says about itself: its place in words, and what may be done with what it shows. The
// frame draws the one as breadcrumb, the palette lists the other. Holds no rule: reasons come with the acts.

/** A step of the breadcrumb; the last one is where the window is. */
export interface Crumb {
  label: string;
  href?: string;
}

/** Something that may be done here, or why not. */
export interface Deed {
  label: string;
  allowed: boolean;
  reason: string | null;
  run: () => void;
}

class Here {
  crumbs = $state.raw<Crumb[]>([]);
  deeds = $state.raw<Deed[]>([]);
}

export const here = new Here();

/** Says where the window is, as long as the calling component lives. */
export function place(crumbs: () => Crumb[], deeds: () => Deed[] = () => []): void {
  $effect(() => {
    here.crumbs = crumbs();
    here.deeds = deeds();
    return () => {
      here.crumbs = [];
      here.deeds = [];
    };
  });
}
