/** Did PostgreSQL refuse the change because of this constraint? */
export const violates = (error: unknown, constraint: string): boolean =>
  (error as { driverError?: { constraint?: string } }).driverError?.constraint === constraint;
