interface Props {
  /** A list that comes page by page, as useInfiniteQuery returns it. */
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
  /** Is called right before the next page is asked for. */
  onClick?: () => void;
  className?: string;
}

/** The button below a list that has more pages; nothing below one that has none. */
export function ShowMore({ list, onClick, className = '' }: Props) {
  if (!list.hasNextPage) {
    return null;
  }
  return (
    <button
      type="button"
      className={`btn btn-outline-primary ${className}`}
      disabled={list.isFetchingNextPage}
      onClick={() => {
        onClick?.();
        void list.fetchNextPage();
      }}
    >
      {list.isFetchingNextPage ? 'Loading …' : 'Show more'}
    </button>
  );
}
