/** Did PostgreSQL refuse the change because of this constraint? */
export const violates = (error: unknown, constraint: string): boolean => {
  const { driverError, constraint: own } = error as { driverError?: { constraint?: string }; constraint?: string };
  return (driverError?.constraint ?? own) === constraint; // TypeORM wraps what its own statements are told
};
