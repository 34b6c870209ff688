// A member of staff: name and what they are here.

interface Props {
  name: string;
  role?: string;
}

export function PersonName({ name, role }: Props) {
  return (
    <span className="nowrap">
      {name}
      {role && <span className="soft"> · {role}</span>}
    </span>
  );
}
