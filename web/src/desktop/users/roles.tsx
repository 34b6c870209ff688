// The roles the server offers, as a field.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { api, ask } from '../../shared/api/client';

interface Props {
  id?: string;
  value?: string;
  onChange?: (code: string) => void;
}

export function RolePicker({ id, value, onChange }: Props) {
  const roles = useQuery({ queryKey: ['roles'], queryFn: () => ask(api.GET('/api/v1/roles')), staleTime: Infinity });
  const options = (roles.data?.roles ?? []).map((r) => ({ value: r.code, label: r.label }));
  return <Select id={id} value={value} onChange={onChange} loading={roles.isPending} options={options} showSearch={{ optionFilterProp: 'label' }} />;
}
