// The areas this person may see, as a tree to choose from.

import { useQuery } from '@tanstack/react-query';
import { TreeSelect } from 'antd';
import i18next from 'i18next';
import { useMemo } from 'react';
import { api, ask, type Shape } from '../../shared/api/client';

type AreaRow = Shape['AreaRow'];
interface Node {
  value: string;
  title: string;
  children?: Node[];
}

export function useAreas() {
  return useQuery({ queryKey: ['areas'], queryFn: () => ask(api.GET('/api/v1/areas')), staleTime: 600_000 });
}

/** With the names of what it took over, so that it is found by those, too. */
const titled = (area: AreaRow) => (area.took_over.length === 0 ? area.name : i18next.t('parts.took_over', { name: area.name, was: area.took_over.map((a) => a.name).join(i18next.t('parts.between')) }));

/** As a tree, in the order people count: 2号 before 10号. */
export function treeOf(areas: AreaRow[]): Node[] {
  const ids = new Set(areas.map((a) => a.id));
  const under = new Map<string, AreaRow[]>();
  for (const area of areas) {
    const parent = area.parent && ids.has(area.parent) ? area.parent : '';
    under.set(parent, [...(under.get(parent) ?? []), area]);
  }
  const nodes = (parent: string): Node[] =>
    (under.get(parent) ?? [])
      .sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }))
      .map((a) => {
        const children = nodes(a.id);
        return { value: a.id, title: titled(a), ...(children.length > 0 ? { children } : {}) };
      });
  return nodes('');
}

interface Props {
  id?: string;
  value?: string;
  onChange?: (id: string | undefined) => void;
  placeholder?: string;
  allowClear?: boolean;
  label?: string;
  style?: React.CSSProperties;
}

export function AreaPicker({ id, value, onChange, placeholder, allowClear, label, style }: Props) {
  const areas = useAreas();
  const tree = useMemo(() => treeOf(areas.data ?? []), [areas.data]);
  const open = useMemo(() => (areas.data ?? []).filter((a) => ['street', 'grid', 'residential_area'].includes(a.level)).map((a) => a.id), [areas.data]);
  return (
    <TreeSelect
      id={id}
      aria-label={label}
      value={value}
      onChange={(chosen: string | undefined) => onChange?.(chosen)}
      treeData={tree}
      treeDefaultExpandedKeys={open}
      showSearch={{ treeNodeFilterProp: 'title' }}
      loading={areas.isPending}
      placeholder={placeholder}
      allowClear={allowClear}
      popupMatchSelectWidth={320}
      style={{ width: '100%', ...style }}
    />
  );
}
