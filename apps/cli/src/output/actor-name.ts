interface Named {
  id: string;
  name?: string | undefined;
}

/** A person or program as it is shown: by its name, else by its id. */
export function actorName(actor: Named): string;
export function actorName(actor: Named | null | undefined): string | undefined;
export function actorName(actor: Named | null | undefined): string | undefined {
  return actor?.name ?? actor?.id;
}
