"""The Streamlit pages; they know the API by its client and its schemas only."""
