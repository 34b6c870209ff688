// The classes of cases.

import { useQuery } from '@tanstack/react-query';
import { api, ask } from '../../shared/api/client';

export function useClasses() {
  return useQuery({ queryKey: ['classes'], queryFn: () => ask(api.GET('/api/v1/cases/classes')), staleTime: 600_000 });
}
